/** Bounded memories: nothing that the page keeps grows with time. */

/** The last samples of one thing: when, CPU (percent of one core) and memory (bytes). */
export class Trace {
  /** @param {number} capacity how many samples are kept at most */
  constructor(capacity) {
    this.capacity = capacity;
    this.at = new Float64Array(capacity);
    this.cpu = new Float32Array(capacity);
    this.mem = new Float32Array(capacity);
    this.length = 0;
    this.next = 0;
  }

  /** @param {number} at seconds since 1970; what is not known is kept as a gap */
  push(at, cpu, mem) {
    const here = this.next;
    this.at[here] = at;
    this.cpu[here] = cpu ?? NaN;
    this.mem[here] = mem ?? NaN;
    this.next = (here + 1) % this.capacity;
    if (this.length < this.capacity) this.length += 1;
  }

  /** Call `visit(at, value)` with each sample from the time `from` on, oldest first. */
  each(key, from, visit) {
    const values = this[key];
    for (let n = 0; n < this.length; n += 1) {
      const index = (this.next - this.length + n + this.capacity) % this.capacity;
      if (this.at[index] >= from) visit(this.at[index], values[index]);
    }
  }

  /** The newest value, or null when there is none. */
  last(key) {
    if (!this.length) return null;
    const value = this[key][(this.next - 1 + this.capacity) % this.capacity];
    return Number.isNaN(value) ? null : value;
  }

  /** When the newest sample was taken, or 0. */
  get newest() {
    return this.length ? this.at[(this.next - 1 + this.capacity) % this.capacity] : 0;
  }

  /** Least, most and mean of what is kept from the time `from` on, or null. */
  summary(key, from) {
    let least = Infinity;
    let most = -Infinity;
    let sum = 0;
    let known = 0;
    this.each(key, from, (at, value) => {
      if (Number.isNaN(value)) return;
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value;
      known += 1;
    });
    return known ? { least, most, mean: sum / known } : null;
  }

  /** Fill it anew from the columns of a `history` message. */
  static of(capacity, { at = [], cpu = [], mem = [] }) {
    const trace = new Trace(capacity);
    at.forEach((when, n) => trace.push(when, mem[n] ? cpu[n] : null, mem[n] || null));
    return trace;
  }
}
