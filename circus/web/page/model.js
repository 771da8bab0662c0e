/**
 * What the page knows of the fleet: the mirror that the server keeps up to date, and the last
 * samples of each watcher. It draws nothing; views read it when they are told that it changed.
 */

import { Trace } from "./ring.js";

const SAMPLES = 300;

/**
 * @typedef {object} Watcher as the server tells it, and `heard`: when, in seconds since 1970
 * @property {string} name
 * @property {"stopped"|"starting"|"active"|"stopping"} status
 * @property {number} up
 * @property {number} wanted
 * @property {string} [reason]
 * @property {number} [next_try] seconds from when it was heard
 * @property {number} restarts
 * @property {number} restarts_hour
 * @property {{how: string, ago: number, process_pid: number, asked: boolean}} [last_exit]
 */

export class Model {
  constructor() {
    /** @type {Map<string, Watcher>} */
    this.watchers = new Map();
    /** @type {Map<string, Trace>} */
    this.traces = new Map();
    this.daemon = { up: false };
    this.daemonTrace = new Trace(SAMPLES);
    this.heardAt = 0;
    this.ready = false;
  }

  /** Take a `fleet` message: all is told anew. */
  replace({ daemon, watchers }) {
    this.daemon = daemon;
    this.watchers = new Map();
    this.take(watchers);
    for (const name of this.traces.keys()) {
      if (!this.watchers.has(name)) this.traces.delete(name);
    }
    this.ready = true;
  }

  /** Take a `watchers` message. */
  update({ watchers = [], gone = [] }) {
    this.take(watchers);
    for (const name of gone) {
      this.watchers.delete(name);
      this.traces.delete(name);
    }
  }

  take(watchers) {
    const heard = Date.now() / 1000;
    this.heardAt = heard;
    for (const watcher of watchers) this.watchers.set(watcher.name, { ...watcher, heard });
  }

  /** Take a `samples` message. */
  sample({ at, daemon, watchers }) {
    this.heardAt = Date.now() / 1000;
    if (daemon) this.daemonTrace.push(at, daemon[0], daemon[1]);
    for (const name of this.watchers.keys()) {
      const [cpu, mem] = watchers[name] ?? [null, 0];
      // where nothing runs there is no memory, and nothing to draw
      this.trace(name).push(at, mem ? cpu : null, mem || null);
    }
  }

  /** Take a `history` message: what was sampled before the page came. */
  remember(message) {
    if (message.name === null) this.daemonTrace = Trace.of(SAMPLES, message);
    else if (this.watchers.has(message.name)) {
      this.traces.set(message.name, Trace.of(SAMPLES, message));
    }
  }

  /** @returns {Trace} the last samples of a watcher */
  trace(name) {
    let trace = this.traces.get(name);
    if (!trace) {
      trace = new Trace(SAMPLES);
      this.traces.set(name, trace);
    }
    return trace;
  }

  /** @returns {Object<string, number>} how many watchers are in each group of {@link GROUPS} */
  tally() {
    const tally = { trouble: 0, active: 0, moving: 0, stopped: 0 };
    for (const watcher of this.watchers.values()) tally[condition(watcher).group] += 1;
    return tally;
  }
}

export const GROUPS = {
  trouble: "In trouble",
  active: "Active",
  moving: "Changing",
  stopped: "Stopped",
};

const CONDITIONS = {
  failing: { word: "Failing", icon: "trouble", group: "trouble", rank: 0 },
  failed: { word: "Gave up", icon: "failed", group: "trouble", rank: 1 },
  unsteady: { word: "Unsteady", icon: "trouble", group: "trouble", rank: 2 },
  short: { word: "Short", icon: "short", group: "active", rank: 3 },
  starting: { word: "Starting", icon: "starting", group: "moving", rank: 4 },
  stopping: { word: "Stopping", icon: "stopping", group: "moving", rank: 5 },
  active: { word: "Active", icon: "active", group: "active", rank: 6 },
  held: { word: "On demand", icon: "held", group: "stopped", rank: 7 },
  stopped: { word: "Stopped", icon: "stopped", group: "stopped", rank: 8 },
};

/**
 * What a watcher's state comes to: a key with a word, an icon, a group and a rank (worst first).
 * @param {Watcher} watcher
 */
export function condition(watcher) {
  const key = keyOf(watcher);
  return { key, ...CONDITIONS[key] };
}

/** So many restarts within the hour, the last of them so many seconds ago, are no steady work. */
const OFTEN = 5;
const LATELY = 120;

/** Whether it runs, but its processes end by themselves again and again. */
function unsteady(watcher) {
  const { last_exit: last, restarts_hour: restarts } = watcher;
  return restarts >= OFTEN && Boolean(last) && !last.asked && sinceExit(watcher) < LATELY;
}

function keyOf(watcher) {
  const { status, reason, next_try: nextTry, up, wanted, on_demand: onDemand } = watcher;
  if (status === "starting" || status === "stopping") {
    return reason ? "failing" : status;
  }
  if (status === "active") {
    if (reason || (nextTry !== undefined && nextTry !== null)) return "failing";
    if (unsteady(watcher)) return "unsteady";
    return up < wanted ? "short" : "active";
  }
  if (reason) return "failed";
  return onDemand ? "held" : "stopped";
}

/** Seconds since the last exit of a watcher, or Infinity when nothing ended yet. */
export function sinceExit(watcher, now = Date.now() / 1000) {
  if (!watcher.last_exit) return Infinity;
  return watcher.last_exit.ago + Math.max(0, now - watcher.heard);
}

/** Seconds until the next try of a watcher, or null when it does not wait for one. */
export function untilTry(watcher, now = Date.now() / 1000) {
  if (watcher.next_try === undefined || watcher.next_try === null) return null;
  return Math.max(0, watcher.next_try - (now - watcher.heard));
}
