/** The line about circusd itself, at the top of every view. */

import { el, say, set } from "./dom.js";
import { bytes, moment, percent, span } from "./format.js";
import { Spark } from "./spark.js";

export class DaemonLine {
  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
    this.cpu = new Spark("cpu");
    this.version = el("b");
    this.pid = el("span");
    this.up = el("span");
    this.cpuNow = el("span", { class: "figure-now" });
    this.memNow = el("span", { class: "figure-now" });
    this.node = document.getElementById("daemon");
    const pair = (label, ...nodes) =>
      el("span", { class: "pair" }, el("span", { class: "key", text: label }), ...nodes);
    this.node.replaceChildren(
      this.version,
      pair("pid", this.pid),
      pair("up", this.up),
      pair("CPU", this.cpu.node, this.cpuNow),
      pair("memory", this.memNow),
    );
  }

  update() {
    const { version, pid, since, endpoint, up } = this.model.daemon;
    say(this.version, version ? `circusd ${version}` : "circusd");
    say(this.pid, pid ?? "–");
    set(this.node, "title", endpoint ? `Endpoint ${endpoint}` : null);
    set(this.node, "data-up", String(Boolean(up)));
    set(this.up, "title", since ? `since ${moment(since)}` : null);
    this.tick();
  }

  tick() {
    const { since, up } = this.model.daemon;
    say(this.up, up && since ? span(Date.now() / 1000 - since) : "–");
  }

  sampled() {
    const trace = this.model.daemonTrace;
    this.cpu.draw(trace);
    say(this.cpuNow, percent(trace.last("cpu")));
    say(this.memNow, bytes(trace.last("mem")));
  }
}
