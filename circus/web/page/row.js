/** One watcher in the fleet: a row of the table, or a card on a phone. It changes only what changed. */

import { opens } from "./menu.js";
import { button, el, icon, iconButton, redraw, say, set } from "./dom.js";
import { ago, bytes, count, percent, span } from "./format.js";
import { condition, sinceExit, untilTry } from "./model.js";
import { Spark } from "./spark.js";

const AGAIN = "Its processes end by themselves again and again.";
const MENU = ["reload", "incr", "decr", "signal"];

export class Row {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./actions.js").Actions} actions
   */
  constructor(name, model, actions) {
    this.name = name;
    this.model = model;
    this.actions = actions;
    this.seen = false;
    this.asked = false;
    this.build();
  }

  build() {
    this.mark = icon("stopped");
    this.word = el("span");
    this.link = el("a", { href: `#/watchers/${encodeURIComponent(this.name)}`, text: this.name });
    this.why = el("span", { class: "why" });
    this.up = el("span");
    this.cpu = new Spark("cpu");
    this.mem = new Spark("mem");
    this.cpuNow = el("span", { class: "figure-now" });
    this.memNow = el("span", { class: "figure-now" });
    this.restarts = el("span");
    this.exit = el("span");
    const cell = (name, label, ...children) =>
      el("td", { role: "cell", class: name, "data-label": label }, ...children);
    this.node = el(
      "tr",
      { role: "row" },
      cell("state", "State", this.mark, this.word),
      el("th", { role: "rowheader", scope: "row", class: "name" }, this.link, this.why),
      cell("up", "Processes", this.up),
      cell("measure", "CPU", this.cpu.node, this.cpuNow),
      cell("measure", "Memory", this.mem.node, this.memNow),
      cell("restarts", "Restarts, 1 h", this.restarts),
      cell("exit", "Last exit", this.exit),
      cell("acts", "Actions", ...this.acts()),
    );
    this.node.row = this;
  }

  acts() {
    this.turn = button("Stop", { class: "quiet" });
    this.turn.addEventListener("click", () => this.actions.one(this.turn.dataset.verb, this.name));
    this.again = iconButton(`Restart ${this.name}`, "restart");
    this.again.addEventListener("click", () => this.actions.one("restart", this.name));
    this.more = iconButton(`More for ${this.name}`, "more");
    opens(this.more, () => this.actions.menuOf(this.name, MENU));
    return [this.turn, this.again, this.more];
  }

  /** Show its state; a row that is not in sight waits until it is. */
  update() {
    const watcher = this.model.watchers.get(this.name);
    if (!watcher) return;
    const { key, word, icon: drawing } = condition(watcher);
    if (this.key !== key) {
      this.key = key;
      set(this.node, "data-state", key);
      redraw(this.mark, drawing);
      say(this.word, word);
      const stopped = watcher.status === "stopped";
      this.turn.dataset.verb = stopped ? "start" : "stop";
      say(this.turn, stopped ? "Start" : "Stop");
      set(this.turn, "aria-label", `${stopped ? "Start" : "Stop"} ${this.name}`);
      this.again.disabled = stopped;
    }
    say(this.up, `${watcher.up} of ${watcher.wanted}`);
    say(this.restarts, watcher.restarts_hour || "–");
    set(this.restarts, "class", watcher.restarts_hour ? null : "nothing");
    this.tick();
  }

  /** What changes by time alone. */
  tick(now = Date.now() / 1000) {
    const watcher = this.model.watchers.get(this.name);
    if (!watcher) return;
    if (condition(watcher).key !== this.key) {
      this.update();
      return;
    }
    say(this.why, trouble(watcher, now));
    const exit = watcher.last_exit;
    set(this.exit, "class", exit ? null : "nothing");
    say(this.exit, exit ? `${exit.how}, ${ago(sinceExit(watcher, now))}` : "–");
  }

  /** Show its newest samples. */
  sampled() {
    const trace = this.model.trace(this.name);
    this.cpu.draw(trace);
    this.mem.draw(trace);
    say(this.cpuNow, percent(trace.last("cpu")));
    say(this.memNow, bytes(trace.last("mem")));
  }
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** The facts of a watcher in one line, for its own page. */
export function facts(watcher, now = Date.now() / 1000) {
  const parts = [
    `${watcher.up} of ${count(watcher.wanted, "process", "processes")}`,
    `${count(watcher.restarts_hour, "restart", "restarts")} in the last hour`,
  ];
  if (watcher.restarts) parts.push(`${watcher.restarts} ever`);
  if (watcher.last_exit) {
    const { how, process_pid: pid } = watcher.last_exit;
    parts.push(`last exit: ${how}, process ${pid}, ${ago(sinceExit(watcher, now))}`);
  }
  if (watcher.singleton) parts.push("singleton");
  if (watcher.on_demand) parts.push("on demand");
  if (watcher.priority) parts.push(`priority ${watcher.priority}`);
  return parts.join(" · ");
}

/** Why a watcher is in trouble, and when it is tried again; empty when all is well. */
export function trouble(watcher, now = Date.now() / 1000) {
  const next = untilTry(watcher, now);
  const wait = next === null ? "" : next < 1 ? "Trying again now." : `Next try in ${span(next)}.`;
  const why = watcher.reason || (condition(watcher).key === "unsteady" ? AGAIN : "");
  return `${capital(why)}${why && !/[.!?]$/.test(why) ? "." : ""} ${wait}`.trim();
}
