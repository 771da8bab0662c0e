/** A small chart without axes, beside the figure that it belongs to; the figure says what it shows. */

import { set, svg } from "./dom.js";

export const SPAN = 120;
/** Seconds of which one point is made: more would be finer than the eye. */
const BUCKET = 4;
/** Seconds between two samples after which a line is broken: the console was away meanwhile. */
const LONGEST_GAP = 15;
const WIDTH = 120;
const HEIGHT = 24;

/** What fills a small chart at least: otherwise the noise of an idle process looks like work. */
const FLOOR = { cpu: 5, mem: 1 << 20 };

export class Spark {
  /** @param {"cpu"|"mem"} key */
  constructor(key) {
    this.key = key;
    this.line = svg("path", { class: "line" });
    this.area = svg("path", { class: "area" });
    this.node = svg(
      "svg",
      {
        class: `spark ${key}`,
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        "aria-hidden": "true",
        focusable: "false",
      },
      this.area,
      this.line,
    );
  }

  /** @param {import("./ring.js").Trace} trace */
  draw(trace) {
    const until = trace.newest;
    const from = until - SPAN;
    const summary = trace.summary(this.key, from);
    set(this.node, "data-empty", summary === null);
    const most = summary?.most ?? 0;
    const { line, area } = paths(trace, this.key, {
      from,
      until,
      top: Math.max(FLOOR[this.key], most * 1.1),
      width: WIDTH,
      height: HEIGHT - 1,
      bucket: BUCKET,
    });
    this.line.setAttribute("d", line);
    this.area.setAttribute("d", area);
  }
}

/**
 * The drawing of a trace: a line, and the area under it; where a sample is missing both have a gap.
 * @returns {{line: string, area: string}} two SVG paths
 */
export function paths(trace, key, { from, until, top, width, height, bucket = 0 }) {
  const place = ({ at, sum, count }) => {
    const x = ((at - from) / (until - from || 1)) * width;
    const y = height - (Math.min(sum / count, top) / top) * (height - 1);
    return [x.toFixed(1), y.toFixed(1)];
  };
  const runs = unbroken(trace, key, from, bucket).map((run) => run.map(place));
  const lines = runs.map((points) => `M${points.map((point) => point.join(" ")).join("L")}`);
  const areas = runs.map((points, n) => {
    const [first] = points[0];
    const [end] = points[points.length - 1];
    return `${lines[n]}L${end} ${height}L${first} ${height}Z`;
  });
  return { line: lines.join(""), area: areas.join("") };
}

/**
 * The samples in runs without a gap; those within so many seconds (`bucket`) become one, their mean.
 * @returns {Array<Array<{at: number, sum: number, count: number}>>}
 */
function unbroken(trace, key, from, bucket) {
  const runs = [];
  let run = null;
  let last = 0;
  let slot = null;
  trace.each(key, from, (at, value) => {
    if (Number.isNaN(value)) {
      run = null;
      return;
    }
    if (!run || at - last > LONGEST_GAP) {
      run = [];
      runs.push(run);
      slot = null;
    }
    last = at;
    const here = bucket ? Math.floor(at / bucket) : at;
    const point = run[run.length - 1];
    if (here === slot) Object.assign(point, { at, sum: point.sum + value, count: point.count + 1 });
    else run.push({ at, sum: value, count: 1 });
    slot = here;
  });
  return runs;
}
