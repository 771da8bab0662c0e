/**
 * A chart with axes, of CPU or memory over the last minutes: a drawing with a name that says what it
 * shows, a read-out under the pointer, and the same figures as a table for who cannot see it.
 */

import { el, say, set, svg } from "./dom.js";
import { bytes, clock, percent } from "./format.js";
import { paths } from "./spark.js";

export const SPAN = 300;
const HEIGHT = 132;
const EDGE = { top: 8, right: 8, bottom: 20, left: 58 };
const ROWS = 10;
const NAMED_EVERY = 5000;

const KINDS = {
  cpu: { title: "CPU", unit: "percent of one core", show: percent, least: 5 },
  mem: { title: "Memory", unit: "resident bytes", show: bytes, least: 4 << 20 },
};

/** The next round figure at or above a value; memory goes by powers of two. */
export function ceiling(key, value) {
  const wanted = Math.max(value * 1.05, KINDS[key].least);
  if (key === "mem") {
    const power = 2 ** Math.floor(Math.log2(wanted));
    return [1, 1.25, 1.5, 2].map((factor) => factor * power).find((round) => round >= wanted);
  }
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((round) => round >= wanted);
}

export class Chart {
  /** @param {"cpu"|"mem"} key */
  constructor(key) {
    this.key = key;
    this.kind = KINDS[key];
    this.trace = null;
    this.subject = "";
    this.width = 0;
    this.named = 0;
    this.build();
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.frame);
  }

  build() {
    this.now = el("output", { class: "now", "aria-live": "off" });
    this.grid = svg("g", { class: "grid" });
    this.area = svg("path", { class: "area" });
    this.line = svg("path", { class: "line" });
    this.cross = svg("line", { class: "cross", y1: EDGE.top, y2: HEIGHT - EDGE.bottom });
    this.drawing = svg(
      "svg",
      { class: `chart ${this.key}`, role: "img", height: HEIGHT },
      this.grid,
      this.area,
      this.line,
      this.cross,
    );
    this.drawing.addEventListener("pointermove", (event) => this.point(event));
    this.drawing.addEventListener("pointerleave", () => this.point(null));
    this.frame = el("div", { class: "frame" }, this.drawing);
    this.body = el("tbody");
    this.table = el(
      "details",
      { class: "as-table" },
      el("summary", { text: "As a table" }),
      el(
        "table",
        {},
        el("caption", { class: "unseen", text: `${this.kind.title}, the last minutes` }),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...["From", "Least", "Mean", "Most"].map((text) => el("th", { scope: "col", text })),
          ),
        ),
        this.body,
      ),
    );
    this.table.addEventListener("toggle", () => this.tabulate());
    this.node = el(
      "figure",
      { class: "card figure" },
      el(
        "figcaption",
        {},
        el("span", { class: "title", text: this.kind.title }),
        el("span", { class: "unit", text: this.kind.unit }),
        this.now,
      ),
      this.frame,
      this.table,
    );
  }

  /** Show the samples of something; it is drawn when they change, by {@link draw}. */
  show(subject, trace) {
    this.subject = subject;
    this.trace = trace;
    this.named = 0;
    this.draw();
  }

  resized() {
    const width = Math.floor(this.frame.clientWidth);
    if (width === this.width) return;
    this.width = width;
    set(this.drawing, "viewBox", `0 0 ${width} ${HEIGHT}`);
    set(this.drawing, "width", width);
    this.draw();
  }

  draw() {
    if (!this.trace || !this.width) return;
    const until = this.trace.newest || Date.now() / 1000;
    const from = until - SPAN;
    const summary = this.trace.summary(this.key, from);
    const top = ceiling(this.key, summary?.most ?? 0);
    const inner = {
      width: this.width - EDGE.left - EDGE.right,
      height: HEIGHT - EDGE.top - EDGE.bottom,
    };
    this.scale = { from, until, top, ...inner };
    const { line, area } = paths(this.trace, this.key, this.scale);
    const place = `translate(${EDGE.left} ${EDGE.top})`;
    for (const [path, d] of [
      [this.line, line],
      [this.area, area],
    ]) {
      set(path, "transform", place);
      path.setAttribute("d", d);
    }
    this.axes();
    say(this.now, this.kind.show(this.trace.last(this.key)));
    this.name(summary);
  }

  axes() {
    const { top, width, height } = this.scale;
    const signature = `${top} ${width}`;
    if (signature === this.drawn) return;
    this.drawn = signature;
    const parts = [];
    for (const share of [0, 0.5, 1]) {
      const y = EDGE.top + height - share * (height - 1);
      parts.push(
        svg("line", { x1: EDGE.left, x2: EDGE.left + width, y1: y, y2: y }),
        svg("text", {
          x: EDGE.left - 8,
          y: y + 4,
          "text-anchor": "end",
          text: this.kind.show(top * share).replace(".0 ", " "),
        }),
      );
    }
    const steps = width < 320 ? [0, 2.5, 5] : [0, 1, 2, 3, 4, 5];
    for (const minutes of steps) {
      const x = EDGE.left + width * (1 - (minutes * 60) / SPAN);
      const anchor = minutes === 0 ? "end" : minutes === 5 ? "start" : "middle";
      const text = minutes === 0 ? "now" : `−${minutes} min`;
      parts.push(svg("text", { x, y: HEIGHT - 5, "text-anchor": anchor, text }));
    }
    this.grid.replaceChildren(...parts);
  }

  /** What a screen reader says of the drawing; not anew each second. */
  name(summary) {
    if (Date.now() - this.named < NAMED_EVERY) return;
    this.named = summary ? Date.now() : 0;
    const { title, unit, show } = this.kind;
    const what = `${title} of ${this.subject}, ${unit}, the last five minutes`;
    const told = summary
      ? `now ${show(this.trace.last(this.key))}, least ${show(summary.least)}, mean ${show(summary.mean)}, most ${show(summary.most)}`
      : "no samples yet";
    set(this.drawing, "aria-label", `${what}: ${told}`);
    this.tabulate();
  }

  point(event) {
    this.drawing.classList.toggle("pointed", event !== null);
    if (!event || !this.scale || !this.trace) {
      say(this.now, this.kind.show(this.trace?.last(this.key)));
      return;
    }
    const { from, until, width } = this.scale;
    const x = event.clientX - this.drawing.getBoundingClientRect().left - EDGE.left;
    const wanted = from + (x / width) * (until - from);
    let best = null;
    this.trace.each(this.key, from, (at, value) => {
      if (!best || Math.abs(at - wanted) < Math.abs(best.at - wanted)) best = { at, value };
    });
    if (!best) return;
    const where = EDGE.left + ((best.at - from) / (until - from)) * width;
    set(this.cross, "x1", where);
    set(this.cross, "x2", where);
    say(this.now, `${clock(best.at)}  ${this.kind.show(best.value)}`);
  }

  tabulate() {
    if (!this.table.open || !this.trace) return;
    const until = this.trace.newest;
    const step = SPAN / ROWS;
    const rows = [];
    for (let n = 0; n < ROWS; n += 1) {
      const from = until - SPAN + n * step;
      const values = [];
      this.trace.each(this.key, from, (at, value) => {
        if (at < from + step && !Number.isNaN(value)) values.push(value);
      });
      if (!values.length) continue;
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const figures = [Math.min(...values), mean, Math.max(...values)].map(this.kind.show);
      rows.push(
        el(
          "tr",
          {},
          el("th", { scope: "row", text: clock(from) }),
          ...figures.map((text) => el("td", { text })),
        ),
      );
    }
    this.body.replaceChildren(...rows);
  }

  close() {
    this.observer.disconnect();
  }
}
