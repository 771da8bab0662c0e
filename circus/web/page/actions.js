/**
 * What can be done: each verb once, with its words, what it asks before, and what it sends. The
 * answer of circusd is shown as it came: what was done, or what was refused and why.
 */

import { tell } from "./announce.js";
import { ask } from "./dialog.js";
import { count, value } from "./format.js";

const CONSOLE = "circushttpd";
const SIGNALS = [
  ["HUP", "HUP: often, read the configuration again"],
  ["TERM", "TERM: please end"],
  ["INT", "INT: as by Ctrl-C"],
  ["QUIT", "QUIT: end, often with a core dump"],
  ["USR1", "USR1: what the program makes of it"],
  ["USR2", "USR2: what the program makes of it"],
  ["WINCH", "WINCH: what the program makes of it"],
  ["STOP", "STOP: freeze"],
  ["CONT", "CONT: go on after STOP"],
  ["KILL", "KILL: end at once"],
];
const OWN = ["", "The watcher's own stop signal"];

const own = (name) =>
  name === CONSOLE ? " This watcher is the console itself: this page loses its connection." : "";

/** A name is one watcher's, even if it looks like a pattern. */
const exactly = () => ({ match: "simple" });

const processes = (number) => count(number, "process", "processes");

/**
 * @typedef {object} Verb
 * @property {string} label
 * @property {string} doing what is said while it is done, after the name: "is being stopped"
 * @property {string} done what is said when it is
 * @property {boolean} [hurts]
 * @property {(watcher: object) => object} [asks] the question before it
 * @property {(fields: object) => object} [sends] further properties, from what was filled in
 */

/** @type {Object<string, Verb>} */
export const VERBS = {
  start: { label: "Start", doing: "is being started", done: "started", sends: exactly },
  stop: {
    label: "Stop",
    doing: "is being stopped",
    done: "stopped",
    hurts: true,
    sends: exactly,
    asks: ({ name, up }) => ({
      text: `${processes(up)} of ${name} will be stopped, and none is started again until you start it.${own(name)}`,
    }),
  },
  restart: {
    label: "Restart",
    doing: "is being restarted",
    done: "restarted",
    hurts: true,
    sends: exactly,
    asks: ({ name, up }) => ({
      text: `${processes(up)} of ${name} will be stopped, then new ones are started. Meanwhile nothing of it runs; Reload leaves no such gap.${own(name)}`,
    }),
  },
  reload: {
    label: "Reload",
    doing: "is being reloaded",
    done: "reloaded",
  },
  incr: {
    label: "One more process",
    doing: "gets one more process",
    done: "has one more process",
    sends: () => ({ nb: 1 }),
  },
  decr: {
    label: "One process fewer",
    doing: "gets one process fewer",
    done: "has one process fewer",
    sends: () => ({ nb: 1 }),
  },
  signal: {
    label: "Send a signal",
    doing: "is being signalled",
    done: "was sent the signal",
    hurts: true,
    quick: true,
    asks: ({ name, up }, pid) => ({
      text: pid
        ? `The signal goes to process ${pid} of ${name}.`
        : `The signal goes to all of its ${processes(up)}.`,
      fields: [
        { name: "signum", label: "Signal", kind: "select", choices: SIGNALS, value: "HUP" },
        { name: "recursive", label: "to all their descendants as well", kind: "check" },
      ],
    }),
    sends: ({ signum, recursive }) => ({ signum, ...(recursive ? { recursive: true } : {}) }),
  },
  kill: {
    label: "Kill",
    doing: "loses a process",
    done: "lost the process, and a new one takes its place",
    hurts: true,
    asks: ({ name }, pid) => ({
      text: `Process ${pid} of ${name} will be stopped, and a new one takes its place.${own(name)}`,
      fields: [
        { name: "signum", label: "By", kind: "select", choices: [OWN, ...SIGNALS], value: "" },
      ],
    }),
    sends: ({ signum }) => (signum ? { signum } : {}),
  },
};

/** Those of the whole fleet: without a name. */
const ALL = {
  start: {
    label: "Start all",
    subject: "Every watcher with autostart",
    asks: "Every watcher that has autostart is started, and those short of processes are filled up.",
  },
  reload: {
    label: "Reload all",
    subject: "Every watcher",
    asks: "Every watcher gets new processes, and the old ones are stopped once the new ones run.",
  },
  restart: {
    label: "Restart all",
    subject: "circusd",
    hurts: true,
    asks: "Every process is stopped, and circusd is built anew from its configuration file. Changes made since it started are lost. The page loses its connection for a moment.",
  },
  stop: {
    label: "Stop all",
    subject: "Every watcher",
    hurts: true,
    asks: "Every watcher is stopped, the console too: this page will not come back until somebody starts circushttpd again.",
  },
};

/** Gives commands over a connection, asking first where it hurts. */
export class Actions {
  /** @param {import("./connection.js").Connection} connection */
  constructor(connection, model) {
    this.connection = connection;
    this.model = model;
  }

  /**
   * Do a verb to a watcher, or to one process of it.
   * @param {string} verb
   * @param {string} name
   * @param {number} [pid]
   */
  async one(verb, name, pid) {
    const { label, hurts, asks, sends, doing, done, quick } = VERBS[verb];
    const watcher = this.model.watchers.get(name) ?? { name, up: 0 };
    let fields = {};
    if (asks) {
      const what = pid ? `process ${pid}` : name;
      const title = verb === "signal" ? `Send a signal to ${what}?` : `${label} ${what}?`;
      fields = await ask({ title, yes: label, hurts, ...asks(watcher, pid) });
      if (!fields) return;
    }
    const properties = { name, ...sends?.(fields) };
    if (pid) properties.pid = pid;
    if (!quick) properties.waiting = true;
    const subject = pid ? `${name}, process ${pid},` : name;
    const words = pid && verb === "kill" ? name : subject;
    await this.give(
      verb,
      properties,
      `${words} ${doing} …`,
      (answer) => `${words} ${done}${tail(answer)}.`,
      `${words} was not ${refusedWord(verb)}`,
    );
  }

  /**
   * Set an option of a watcher; the text is read as circusctl reads it.
   * @param {any} now its value, as circusd has told it
   */
  async set(name, key, now) {
    const fields = await ask({
      title: `Set ${key} of ${name}`,
      fields: [
        {
          name: "value",
          label: key,
          value: value(now),
          hint: "Written as in the configuration file. What a running process would not notice is put into effect by a graceful reload.",
        },
      ],
      yes: "Set",
    });
    if (!fields) return false;
    return this.give(
      "set",
      { name, options: { [key]: typed(fields.value, now) }, waiting: true },
      `${key} of ${name} is being set …`,
      () => `${key} of ${name} ${became(key, fields.value)}.`,
      `${key} of ${name} was not set`,
    );
  }

  /** Do a verb to the whole fleet. */
  async all(verb) {
    const { label, subject, hurts, asks } = ALL[verb];
    if (!(await ask({ title: `${label}?`, text: asks, yes: label, hurts }))) return;
    const { doing, done } = VERBS[verb];
    await this.give(
      verb,
      {},
      `${subject} ${doing} …`,
      () => `${subject} ${doing}.`,
      `${subject}: not ${done}`,
    );
  }

  /** Show what reading the configuration file again would do, then do it if it is wanted. */
  async reloadConfig() {
    const planned = await this.connection.ask("reloadconfig", { plan: true });
    if (!planned.ok) {
      refuse("The configuration was not read again", planned.reason);
      return;
    }
    const list = plan(planned.answer.plan ?? planned.answer);
    if (!list.length) {
      tell("done", "The configuration file holds nothing new.");
      return;
    }
    const text = "This is what the file would change:";
    if (!(await ask({ title: "Reload the configuration?", text, list, yes: "Reload it" }))) return;
    await this.give(
      "reloadconfig",
      { waiting: true },
      "The configuration is being reloaded …",
      () => "The configuration was reloaded.",
      "The configuration was not reloaded",
    );
  }

  /** @returns {Promise<boolean>} whether circusd did it */
  async give(command, properties, doing, done, refused) {
    const message = tell("doing", doing);
    const { ok, answer, reason } = await this.connection.ask(command, properties);
    if (ok) message.change("done", done(answer ?? {}));
    else message.change("refused", sentence(refused, reason));
    return ok;
  }

  /** The entries of the menu for the whole fleet. */
  menuOfAll() {
    return [
      ...Object.entries(ALL).map(([verb, { label, hurts }]) => ({
        label: `${label} …`,
        hurts,
        act: () => this.all(verb),
      })),
      { label: "Reload the configuration …", act: () => this.reloadConfig() },
    ];
  }

  /** The entries of the menu of one watcher. */
  menuOf(name, verbs) {
    return verbs.map((verb) => ({
      label: VERBS[verb].asks ? `${VERBS[verb].label} …` : VERBS[verb].label,
      hurts: VERBS[verb].hurts,
      act: () => this.one(verb, name),
    }));
  }
}

function refuse(what, reason) {
  tell("refused", sentence(what, reason));
}

/** What an option is now; the environment may be secret, and a message stays on the screen. */
const became = (key, text) =>
  key === "env" ? "was set" : `is ${text === "" ? "empty" : text} now`;

const sentence = (what, reason) => `${what}: ${reason || "circusd gave no reason"}`;

const refusedWord = (verb) =>
  ({
    incr: "given one more process",
    decr: "given one process fewer",
    kill: "touched",
    signal: "sent the signal",
  })[verb] ?? VERBS[verb].done;

/** What the answer tells beside `ok`: which processes came and went. */
function tail({ info, numprocesses }) {
  if (numprocesses !== undefined) return `: ${processes(numprocesses)}`;
  if (!info) return "";
  const parts = ["stopped", "started", "kept"]
    .filter((key) => info[key]?.length)
    .map((key) => `${key} ${info[key].length}`);
  return parts.length ? `: ${parts.join(", ")}` : "";
}

/** A value is sent in the type that the option had; a text circusd reads itself. */
function typed(text, now) {
  if (typeof now === "string" || now === null || now === undefined) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function plan({ watchers = [], sockets = [], needs_restart: later = [] }) {
  const line =
    (kind) =>
    ({ name, act, why }) =>
      `${kind} ${name}: ${act}${why?.length ? ` (${[why].flat().join(", ")})` : ""}`;
  return [
    ...watchers.filter(({ act }) => act !== "keep").map(line("watcher")),
    ...sockets.filter(({ act }) => act !== "keep").map(line("socket")),
    ...(later.length ? [`only after a restart of circusd: ${later.join(", ")}`] : []),
  ];
}
