/** The processes of a watcher: a table that is told anew each second and changes only what changed. */

import { arrange, button, el, iconButton, inPieces, say, set } from "./dom.js";
import { NOTHING, bytes, percent, span } from "./format.js";
import { Trace } from "./ring.js";
import { Spark } from "./spark.js";

const SAMPLES = 300;
const PIECE = 100;

/** A process whose place is not known yet comes last. */
const place = ({ wid }) => wid ?? Number.MAX_SAFE_INTEGER;
const compare = (left, right) => place(left) - place(right) || left.pid - right.pid;

class Line {
  constructor(pid, name, actions, choose) {
    this.pid = pid;
    this.trace = new Trace(SAMPLES);
    this.seen = true;
    this.cpu = new Spark("cpu");
    this.mem = new Spark("mem");
    this.cells = Object.fromEntries(
      ["wid", "cpu", "mem", "fds", "age"].map((key) => [key, el("span")]),
    );
    this.choice = button(String(pid), {
      class: "pid",
      "aria-pressed": "false",
      title: `Chart process ${pid}`,
    });
    this.choice.addEventListener("click", () => choose(this.chosen ? null : pid));
    const signal = iconButton(`Send a signal to process ${pid}`, "signal");
    signal.addEventListener("click", () => actions.one("signal", name, pid));
    const kill = iconButton(`Kill process ${pid}`, "kill");
    kill.addEventListener("click", () => actions.one("kill", name, pid));
    const cell = (name_, label, ...children) =>
      el("td", { role: "cell", class: name_, "data-label": label }, ...children);
    this.node = el(
      "tr",
      { role: "row" },
      el("th", { role: "rowheader", scope: "row", class: "pid" }, this.choice),
      cell("wid", "wid", this.cells.wid),
      cell("measure", "CPU", this.cpu.node, this.cells.cpu),
      cell("measure", "Memory", this.mem.node, this.cells.mem),
      cell("fds", "Descriptors", this.cells.fds),
      cell("age", "Age", this.cells.age),
      cell("acts", "Actions", signal, kill),
    );
    this.node.line = this;
  }

  get chosen() {
    return this.choice.getAttribute("aria-pressed") === "true";
  }

  take({ wid, cpu, mem, age, fds }, at) {
    this.trace.push(at, cpu, mem);
    this.facts = { wid, cpu, mem, age, fds };
    if (this.seen) this.draw();
  }

  draw() {
    const { wid, cpu, mem, age, fds } = this.facts;
    say(this.cells.wid, wid ?? NOTHING);
    say(this.cells.cpu, percent(cpu));
    say(this.cells.mem, bytes(mem));
    say(this.cells.fds, fds ?? NOTHING);
    say(this.cells.age, span(age));
    this.cpu.draw(this.trace);
    this.mem.draw(this.trace);
  }
}

const COLUMNS = [
  ["pid", "pid"],
  ["wid", "wid"],
  ["measure", "CPU"],
  ["measure", "Memory"],
  ["fds", "Descriptors"],
  ["age", "Age"],
];

export class ProcessesPart {
  /** @param {(pid: number|null) => void} choose shows the charts of one */
  constructor(name, actions, choose) {
    this.name = name;
    this.actions = actions;
    this.choose = choose;
    /** @type {Map<number, Line>} */
    this.lines = new Map();
    this.stop = () => {};
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          target.line.seen = isIntersecting;
          if (isIntersecting) target.line.draw();
        }
      },
      { rootMargin: "300px" },
    );
    this.body = el("tbody", { role: "rowgroup" });
    this.empty = el("p", { class: "empty", text: "No process runs." });
    this.table = el(
      "table",
      { class: "processes", role: "table", "aria-label": `Processes of ${name}` },
      el(
        "thead",
        { role: "rowgroup" },
        el(
          "tr",
          { role: "row" },
          ...COLUMNS.map(([key, text]) =>
            el("th", { role: "columnheader", scope: "col", class: key, text }),
          ),
          el(
            "th",
            { role: "columnheader", scope: "col", class: "acts" },
            el("span", { class: "unseen", text: "Actions" }),
          ),
        ),
      ),
      this.body,
    );
    this.node = el("section", { "aria-label": "Processes" }, this.table, this.empty);
  }

  /** Take the processes as they are now. */
  take(processes) {
    this.stop();
    const at = Date.now() / 1000;
    const now = [...processes].sort(compare);
    const alive = new Set(now.map(({ pid }) => pid));
    for (const [pid, line] of this.lines) {
      if (alive.has(pid)) continue;
      this.observer.unobserve(line.node);
      line.node.remove();
      this.lines.delete(pid);
    }
    const fresh = [];
    for (const process of now) {
      const line = this.lines.get(process.pid);
      if (line) line.take(process, at);
      else fresh.push(process);
    }
    set(this.empty, "hidden", now.length > 0);
    set(this.table, "hidden", now.length === 0);
    if (!fresh.length) return;
    this.stop = inPieces(fresh, PIECE, (piece) => {
      for (const process of piece) this.add(process, at);
      const order = now.map(({ pid }) => this.lines.get(pid)?.node).filter(Boolean);
      arrange(this.body, order);
    });
  }

  add(process, at) {
    const line = new Line(process.pid, this.name, this.actions, this.choose);
    line.take(process, at);
    this.lines.set(process.pid, line);
    this.observer.observe(line.node);
  }

  knows(pid) {
    return this.lines.has(pid);
  }

  trace(pid) {
    return this.lines.get(pid)?.trace ?? new Trace(1);
  }

  /** Mark the one whose charts are shown. */
  charted(pid) {
    for (const line of this.lines.values())
      set(line.choice, "aria-pressed", String(line.pid === pid));
  }

  close() {
    this.stop();
    this.observer.disconnect();
  }
}
