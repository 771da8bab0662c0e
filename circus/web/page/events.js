/** The recent events of a watcher, the newest first; the last two hundred are kept. */

import { el, say, set } from "./dom.js";
import { clock, count, moment } from "./format.js";

const MOST = 200;

/** What each event says to a reader; one that is not named here is shown by its own name. */
const WORDS = {
  add: () => "The watcher was added",
  remove: () => "The watcher was removed",
  start: () => "The watcher became active",
  stop: () => "The watcher was stopped",
  spawn: ({ process_pid: pid, wid }) =>
    `Process ${pid} was started${wid ? ` at place ${wid}` : ""}`,
  reap: ({ process_pid: pid, ...how }) => `Process ${pid} ended: ${ended(how)}`,
  kill: ({ process_pid: pid }) => `Process ${pid} was sent a signal to end`,
  reload: () => "A graceful reload is complete",
  updated: () => "An option was set",
  output_failed: ({ stream, error }) => `${stream} cannot be written: ${error}`,
  output_restored: ({ stream }) => `${stream} is written again`,
  output_lost: ({ stream, lines, error }) =>
    `${count(lines, "line", "lines")} of ${stream} lost${error ? `: ${error}` : ""}`,
  hook_success: ({ name }) => `The hook ${name} returned`,
  hook_failure: ({ name, error }) => `The hook ${name} failed: ${error}`,
};

const BAD = new Set(["output_failed", "output_lost", "hook_failure"]);

function ended({ exit_code: code, signal, asked }) {
  const how = signal
    ? `killed by signal ${signal}`
    : code < 0
      ? `killed by signal ${-code}`
      : `exit code ${code}`;
  return `${how}${asked ? ", as asked" : ""}`;
}

const worrying = ({ event, fields }) =>
  BAD.has(event) || (event === "reap" && !fields.asked && fields.exit_code !== 0);

export class EventsPart {
  constructor(name) {
    this.list = el("ol", { class: "events", "aria-label": `Events of ${name}, the newest first` });
    this.empty = el("p", { class: "empty", text: "No event yet." });
    this.node = el("section", { "aria-label": "Events" }, this.list, this.empty);
  }

  /** Take an `event` message. */
  take(message) {
    const { event, at, fields = {} } = message;
    const words = WORDS[event];
    const time = el("time", {
      datetime: new Date(at * 1000).toISOString(),
      title: moment(at),
      text: clock(at),
    });
    this.list.prepend(
      el(
        "li",
        { "data-bad": worrying({ event, fields }) },
        time,
        el("code", { text: event }),
        el("span", { text: words ? words(fields) : JSON.stringify(fields) }),
      ),
    );
    while (this.list.children.length > MOST) this.list.lastElementChild.remove();
    set(this.empty, "hidden", true);
  }

  missed(number) {
    this.list.prepend(
      el(
        "li",
        {},
        el("span", { text: `${count(number, "event was", "events were")} left out here` }),
      ),
    );
  }

  clear() {
    this.list.replaceChildren();
    set(this.empty, "hidden", false);
    say(this.empty, "No event yet.");
  }
}
