/**
 * The page of one watcher: its state and what can be done to it, and below that one of four parts:
 * an overview (charts and processes), output, events, options. Only the part that is shown is kept up to date by
 * the server: the output is followed while it is looked at.
 */

import { button, el, icon, redraw, say, set } from "./dom.js";
import { Chart } from "./chart.js";
import { EventsPart } from "./events.js";
import { condition } from "./model.js";
import { opens } from "./menu.js";
import { OptionsPart } from "./options.js";
import { OutputPart } from "./output.js";
import { ProcessesPart } from "./processes.js";
import { facts, trouble } from "./row.js";

const PARTS = { processes: "Overview", output: "Output", events: "Events", options: "Options" };

export class WatcherView {
  /**
   * @param {string} name
   * @param {{model: import("./model.js").Model, actions: import("./actions.js").Actions,
   *   connection: import("./connection.js").Connection}} around
   */
  constructor(name, around) {
    this.name = name;
    Object.assign(this, around);
    this.charts = [new Chart("cpu"), new Chart("mem")];
    this.parts = {
      processes: new ProcessesPart(name, this.actions, (pid) => this.chart(pid)),
      output: new OutputPart(name),
      events: new EventsPart(name),
      options: new OptionsPart(name, this.actions, this.connection),
    };
    this.charted = null;
    this.unknown = false;
    this.part = "processes";
    this.build();
  }

  build() {
    this.mark = icon("stopped");
    this.word = el("span");
    this.facts = el("p", { class: "facts" });
    this.why = el("p", { class: "why" });
    this.title = el("h1", { id: "watcher-title", tabindex: "-1", text: this.name });
    this.state = el("span", { class: "state" }, this.mark, this.word);
    this.whole = button("Whole watcher", { class: "quiet", hidden: true });
    this.whole.addEventListener("click", () => this.chart(null));
    this.subject = el("h2", { id: "charts-title" });
    this.tabs = new Map(
      Object.entries(PARTS).map(([part, label]) => [
        part,
        el("a", { href: this.href(part), text: label }),
      ]),
    );
    this.place = el("div", { class: "part" });
    this.drawn = el(
      "section",
      { class: "charts", "aria-labelledby": "charts-title" },
      el("div", { class: "subject" }, this.subject, this.whole),
      ...this.charts.map((chart) => chart.node),
    );
    this.node = el(
      "article",
      { class: "watcher", "aria-labelledby": "watcher-title" },
      el(
        "nav",
        { class: "crumbs", "aria-label": "Way back" },
        el("a", { href: "#/" }, icon("back"), "Fleet"),
      ),
      el("div", { class: "headline" }, this.title, this.state, this.bar()),
      this.facts,
      this.why,
      el("nav", { class: "tabs", "aria-label": `Parts of ${this.name}` }, ...this.tabs.values()),
      this.place,
    );
  }

  bar() {
    const act = (verb, label, drawing) => {
      const node = button(label, { icon: drawing });
      node.addEventListener("click", () => this.actions.one(verb, this.name));
      return node;
    };
    this.start = act("start", "Start", "start");
    this.stopping = act("stop", "Stop", "stop");
    this.restart = act("restart", "Restart", "restart");
    this.reload = act("reload", "Reload", "reload");
    const more = button("More", { icon: "more" });
    opens(more, () => this.actions.menuOf(this.name, ["incr", "decr", "signal"]));
    return el(
      "div",
      { class: "bar", role: "group", "aria-label": `Actions on ${this.name}` },
      this.start,
      this.stopping,
      this.restart,
      this.reload,
      more,
    );
  }

  href(part) {
    const path = `#/watchers/${encodeURIComponent(this.name)}`;
    return part === "processes" ? path : `${path}/${part}`;
  }

  /** Take one of the parts into view. */
  show({ part = "processes", focus = false }) {
    const wanted = part in PARTS ? part : "processes";
    this.connection.say({ tail: wanted === "output" });
    this.part = wanted;
    for (const [key, tab] of this.tabs) set(tab, "aria-current", key === wanted ? "page" : null);
    const above = wanted === "processes" ? [this.drawn] : [];
    this.place.replaceChildren(...above, this.parts[wanted].node);
    this.parts[wanted].shown?.();
    if (focus) this.title.focus();
    this.replaced();
    if (this.charted === null) this.chart(null);
  }

  /** Ask the server for what only this page needs; again after each connection. */
  subscribe(again = true) {
    this.unknown = false;
    this.parts.events.clear();
    this.connection.say({ watch: this.name });
    this.connection.say({ tail: this.part === "output" });
    if (again) this.parts[this.part].shown?.();
  }

  /** Show the charts of one process, or of the whole watcher (null). */
  chart(pid) {
    const trace = pid === null ? this.model.trace(this.name) : this.parts.processes.trace(pid);
    this.charted = pid;
    const subject = pid === null ? this.name : `process ${pid} of ${this.name}`;
    say(this.subject, pid === null ? "All its processes" : `Process ${pid}`);
    set(this.whole, "hidden", pid === null);
    this.parts.processes.charted(pid);
    for (const chart of this.charts) chart.show(subject, trace);
  }

  replaced() {
    const watcher = this.model.watchers.get(this.name);
    set(this.node, "data-gone", watcher ? null : true);
    if (!watcher) {
      if (this.model.ready) say(this.facts, "circusd has no watcher of this name (any more).");
      return;
    }
    const { key, word, icon: drawing } = condition(watcher);
    if (this.unknown) this.subscribe();
    set(this.node, "data-state", key);
    redraw(this.mark, drawing);
    say(this.word, word);
    const stopped = watcher.status === "stopped";
    set(this.start, "hidden", !stopped && watcher.up >= watcher.wanted);
    set(this.stopping, "hidden", stopped);
    for (const node of [this.restart, this.reload]) node.disabled = stopped;
    this.tick();
  }

  changed(names, gone) {
    if (names.includes(this.name) || gone.includes(this.name)) this.replaced();
  }

  tick(now = Date.now() / 1000) {
    const watcher = this.model.watchers.get(this.name);
    if (!watcher) return;
    if (condition(watcher).key !== this.node.dataset.state) {
      this.replaced();
      return;
    }
    say(this.facts, facts(watcher, now));
    say(this.why, trouble(watcher, now));
  }

  sampled() {
    if (this.charted === null) for (const chart of this.charts) chart.draw();
  }

  /** Take a message about the watched watcher. */
  take(message) {
    // the server did not know it yet (circusd was away): it is asked again once it is there
    if (message.type === "history" && message.name === null) this.unknown = true;
    if ("name" in message && message.name !== this.name) return;
    if (message.type === "history") this.chart(this.charted);
    if (message.type === "processes") {
      this.parts.processes.take(message.processes);
      if (this.charted === null) return;
      if (!this.parts.processes.knows(this.charted)) this.chart(null);
      else for (const chart of this.charts) chart.draw();
    }
    if (message.type === "event" && message.watcher === this.name) {
      this.parts.events.take(message);
      if (message.event === "updated" && this.part === "options") this.parts.options.shown();
    }
    if (message.type === "output") this.parts.output.take(message);
    if (message.type === "missed") this.missed(message);
  }

  /** Some of what was to come was left out: output, or events under a flood. */
  missed({ count: number, unit }) {
    if (unit === "bytes") this.parts.output.missed(number);
    else this.parts.events.missed(number);
  }

  close() {
    this.connection.say({ tail: false });
    for (const chart of this.charts) chart.close();
    for (const part of Object.values(this.parts)) part.close?.();
  }
}
