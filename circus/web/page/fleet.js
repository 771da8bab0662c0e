/**
 * The fleet at a glance: every watcher as a row, with a filter and an order.
 *
 * Rows out of sight are not touched: an observer tells which are seen, and one that comes into sight
 * is brought up to date. A long fleet is laid out in pieces, the first screen at once. The order is
 * kept still while the reader is in the table, and changes by itself every few seconds at most.
 */

import { arrange, el, icon, inPieces, say, set } from "./dom.js";
import { count } from "./format.js";
import { GROUPS, condition, sinceExit } from "./model.js";
import { Row } from "./row.js";

const FIRST = 40;
const PIECE = 150;
const REORDER = 3000;
const ASK = 50;
const AT_ONCE = 50;

const rank = (watcher) => condition(watcher).rank;
const compare = (left, right) => (left < right ? -1 : left > right ? 1 : 0);

/** The columns: label, class, what they are ordered by, and whether the largest comes first. */
const COLUMNS = [
  { key: "state", label: "State", by: rank },
  { key: "name", label: "Watcher", by: (watcher) => watcher.name.toLowerCase() },
  { key: "up", label: "Processes", by: (watcher) => watcher.up, down: true },
  {
    key: "cpu",
    label: "CPU",
    by: (watcher, model) => model.trace(watcher.name).last("cpu") ?? -1,
    down: true,
  },
  {
    key: "mem",
    label: "Memory",
    by: (watcher, model) => model.trace(watcher.name).last("mem") ?? -1,
    down: true,
  },
  { key: "restarts", label: "Restarts, 1 h", by: (watcher) => watcher.restarts_hour, down: true },
  { key: "exit", label: "Last exit", by: (watcher) => sinceExit(watcher) },
];

export class FleetView {
  constructor({ model, actions, connection }) {
    Object.assign(this, { model, actions, connection });
    /** Those whose charts came into sight, and whose past is not asked for yet. */
    this.unasked = new Set();
    this.asking = 0;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.order = { key: "state", down: false };
    this.group = null;
    this.text = "";
    this.pointed = false;
    this.reordered = 0;
    this.stop = () => {};
    this.build();
    this.observer = new IntersectionObserver((entries) => this.sighted(entries), {
      rootMargin: "300px",
    });
  }

  build() {
    this.filter = el("input", {
      type: "search",
      id: "filter",
      placeholder: "Filter by name",
      "aria-label": "Filter by name",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.filter.addEventListener("input", () => this.narrow());
    this.chips = new Map(
      Object.entries(GROUPS).map(([group, label]) => [group, this.chip(group, label)]),
    );
    this.found = el("span", { class: "found", role: "status" });
    this.sorter = el(
      "select",
      { id: "sorter" },
      ...COLUMNS.map(({ key, label }) => el("option", { value: key, text: label })),
    );
    this.sorter.addEventListener("change", () => this.sortBy(this.sorter.value));
    this.heads = new Map(COLUMNS.map((column) => [column.key, this.head(column)]));
    this.body = el("tbody", { role: "rowgroup" });
    this.table = el(
      "table",
      { class: "fleet", role: "table", "aria-label": "Watchers" },
      el(
        "thead",
        { role: "rowgroup" },
        el(
          "tr",
          { role: "row" },
          ...this.heads.values(),
          el(
            "th",
            { role: "columnheader", scope: "col", class: "acts" },
            el("span", { class: "unseen", text: "Actions" }),
          ),
        ),
      ),
      this.body,
    );
    for (const [event, pointed] of [
      ["pointerenter", true],
      ["pointerleave", false],
    ]) {
      this.body.addEventListener(event, () => {
        this.pointed = pointed;
      });
    }
    this.empty = el("p", { class: "empty", hidden: true });
    this.node = el(
      "section",
      { "aria-labelledby": "fleet-title" },
      el("h1", { id: "fleet-title", class: "unseen", tabindex: "-1", text: "Fleet" }),
      el(
        "div",
        { class: "tools" },
        el(
          "div",
          { class: "chips", role: "group", "aria-label": "Show only" },
          ...[...this.chips.values()].map(({ node }) => node),
        ),
        el(
          "div",
          { class: "seek" },
          this.found,
          el("label", { class: "sorting" }, "Order by", this.sorter),
          this.filter,
        ),
      ),
      this.table,
      this.empty,
    );
  }

  chip(group, label) {
    const number = el("b", { text: "0" });
    const node = el(
      "button",
      { type: "button", class: "chip", "aria-pressed": "false", "data-group": group },
      icon({ trouble: "trouble", active: "active", moving: "starting", stopped: "stopped" }[group]),
      number,
      label,
    );
    node.addEventListener("click", () => {
      this.group = this.group === group ? null : group;
      for (const [key, chip] of this.chips)
        set(chip.node, "aria-pressed", String(key === this.group));
      this.narrow();
    });
    return { node, number };
  }

  head({ key, label }) {
    const order = el("button", { type: "button", text: label }, icon("order"));
    order.addEventListener("click", () => this.sortBy(key));
    return el("th", { role: "columnheader", scope: "col", class: key }, order);
  }

  /** Order by a column; by the same once more: the other way round. */
  sortBy(key) {
    const column = COLUMNS.find((candidate) => candidate.key === key);
    const down = this.order.key === key ? !this.order.down : Boolean(column.down);
    this.order = { key, down };
    this.sort();
  }

  sorted() {
    const { by } = COLUMNS.find(({ key }) => key === this.order.key);
    const way = this.order.down ? -1 : 1;
    const keyed = [...this.model.watchers.values()].map((watcher) => ({
      name: watcher.name,
      key: by(watcher, this.model),
    }));
    keyed.sort(
      (left, right) => way * compare(left.key, right.key) || compare(left.name, right.name),
    );
    return keyed.map(({ name }) => name);
  }

  sort() {
    this.reordered = Date.now();
    for (const [key, head] of this.heads) {
      const mine = key === this.order.key;
      set(head, "aria-sort", mine ? (this.order.down ? "descending" : "ascending") : null);
    }
    this.sorter.value = this.order.key;
    this.stop();
    const names = this.sorted();
    const known = names.filter((name) => this.rows.has(name));
    arrange(
      this.body,
      known.map((name) => this.rows.get(name).node),
    );
    const missing = names.filter((name) => !this.rows.has(name));
    if (!missing.length) return this.narrow();
    const first = names.slice(0, FIRST).filter((name) => !this.rows.has(name));
    this.add(first, names);
    const rest = missing.filter((name) => !this.rows.has(name));
    if (!rest.length) return this.narrow();
    const later = setTimeout(() => {
      this.stop = inPieces(rest, PIECE, (piece) => this.add(piece, names));
    }, 30);
    this.stop = () => clearTimeout(later);
    return this.narrow();
  }

  /** Make rows and put each at its place in the order. */
  add(names, order) {
    const after = new Map(order.map((name, at) => [name, order[at + 1]]));
    for (const name of [...names].reverse()) {
      if (!this.model.watchers.has(name) || this.rows.has(name)) continue;
      const row = new Row(name, this.model, this.actions);
      this.rows.set(name, row);
      row.update();
      set(row.node, "hidden", !this.shows(name));
      let next = after.get(name);
      while (next !== undefined && !this.rows.has(next)) next = after.get(next);
      this.body.insertBefore(row.node, next === undefined ? null : this.rows.get(next).node);
      this.observer.observe(row.node);
    }
  }

  drop(name) {
    const row = this.rows.get(name);
    if (!row) return;
    this.observer.unobserve(row.node);
    row.node.remove();
    this.rows.delete(name);
  }

  shows(name) {
    const watcher = this.model.watchers.get(name);
    if (!watcher || !name.toLowerCase().includes(this.text)) return false;
    return !this.group || condition(watcher).group === this.group;
  }

  /** Show those that the filter lets through. */
  narrow() {
    this.text = this.filter.value.trim().toLowerCase();
    let shown = 0;
    for (const name of this.model.watchers.keys()) shown += this.shows(name) ? 1 : 0;
    for (const [name, row] of this.rows) set(row.node, "hidden", !this.shows(name));
    const all = this.model.watchers.size;
    const narrowed = this.text || this.group;
    say(
      this.found,
      narrowed
        ? `${shown} of ${count(all, "watcher", "watchers")}`
        : count(all, "watcher", "watchers"),
    );
    set(this.empty, "hidden", shown > 0);
    say(this.empty, all ? "No watcher matches." : "circusd has no watchers.");
  }

  sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      target.row.seen = isIntersecting;
      if (isIntersecting) {
        this.askPast(target.row);
        target.row.update();
        target.row.sampled();
      }
    }
  }

  /** Have the past of a row's charts told, once; of several rows together. */
  askPast(row) {
    if (row.asked) return;
    row.asked = true;
    this.unasked.add(row.name);
    if (!this.asking) this.asking = setTimeout(() => this.askNow(), ASK);
  }

  askNow() {
    this.asking = 0;
    const names = [...this.unasked];
    this.unasked.clear();
    while (names.length) this.connection.say({ past: names.splice(0, AT_ONCE) });
  }

  /** Ask the server for what only this view needs; again after each connection. */
  subscribe() {
    this.connection.say({ watch: null });
    for (const row of this.rows.values()) {
      row.asked = false;
      if (row.seen) this.askPast(row);
    }
  }

  counted() {
    const tally = this.model.tally();
    for (const [group, { number, node }] of this.chips) {
      say(number, tally[group]);
      set(node, "data-empty", tally[group] === 0);
    }
  }

  busy() {
    return this.pointed || this.body.contains(document.activeElement);
  }

  /** Everything may have changed. */
  replaced() {
    for (const name of [...this.rows.keys()]) if (!this.model.watchers.has(name)) this.drop(name);
    for (const row of this.rows.values()) row.update();
    this.counted();
    this.sort();
  }

  /** Some watchers changed, came or went. */
  changed(names, gone) {
    for (const name of gone) this.drop(name);
    const fresh = [];
    for (const name of names) {
      const row = this.rows.get(name);
      if (!row) fresh.push(name);
      else if (row.seen) row.update();
    }
    this.counted();
    if (fresh.length || gone.length || this.group) this.narrow();
    if (fresh.length) this.add(fresh, this.sorted());
    this.reorder();
  }

  reorder() {
    if (this.busy() || Date.now() - this.reordered < REORDER) return;
    this.sort();
  }

  sampled() {
    for (const row of this.rows.values()) if (row.seen) row.sampled();
    this.reorder();
  }

  tick(now) {
    this.counted();
    for (const row of this.rows.values()) if (row.seen) row.tick(now);
  }

  show(params) {
    if (params.focus) this.node.querySelector("h1").focus();
    this.replaced();
    for (const row of this.rows.values()) if (row.seen) row.sampled();
  }

  /** The past of a watcher was told. */
  take({ type, name }) {
    const row = type === "history" && this.rows.get(name);
    if (row && row.seen) row.sampled();
  }

  close() {
    this.stop();
  }
}
