/**
 * The options of a watcher, each with its value and a button to set it. The values of the
 * environment are often secret: they are hidden until they are asked for.
 */

import { arrange, button, el, iconButton, say, set } from "./dom.js";
import { value } from "./format.js";

export class OptionsPart {
  constructor(name, actions, connection) {
    this.name = name;
    this.actions = actions;
    this.connection = connection;
    this.revealed = false;
    /** @type {Map<string, {told: string, node: HTMLElement}>} */
    this.lines = new Map();
    this.body = el("tbody");
    this.state = el("p", { class: "empty", role: "status" });
    this.filter = el("input", {
      type: "search",
      placeholder: "Filter options",
      "aria-label": "Filter options",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.filter.addEventListener("input", () => this.narrow());
    this.table = el(
      "table",
      { class: "options", "aria-label": `Options of ${name}` },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col", text: "Option" }),
          el("th", { scope: "col", text: "Value" }),
          el("th", { scope: "col" }, el("span", { class: "unseen", text: "Actions" })),
        ),
      ),
      this.body,
    );
    const tools = el("div", { class: "tools" }, el("div", { class: "seek" }, this.filter));
    this.node = el("section", { "aria-label": "Options" }, tools, this.table, this.state);
  }

  /** Ask for the options as they are now. */
  async shown() {
    if (!this.body.children.length) say(this.state, "Asking circusd …");
    const { ok, answer, reason } = await this.connection.ask("options", { name: this.name });
    say(this.state, ok ? "" : `The options are not known: ${reason}`);
    if (ok) this.fill(answer.options);
  }

  /** Show the options; the lines of those that are as they were are left alone. */
  fill(options) {
    const rows = Object.keys(options)
      .sort()
      .map((key) => {
        const told = JSON.stringify(options[key]);
        const known = this.lines.get(key);
        if (known?.told === told) return known.node;
        const node = this.line(key, options[key]);
        this.lines.set(key, { told, node });
        return node;
      });
    const focused = document.activeElement?.dataset.option;
    arrange(this.body, rows);
    if (focused && document.activeElement === document.body) {
      this.lines.get(focused)?.node.querySelector("button[data-option]").focus();
    }
    this.narrow();
  }

  line(key, now) {
    const edit = iconButton(`Set ${key}`, "edit", { "data-option": key });
    edit.addEventListener("click", async () => {
      if (await this.actions.set(this.name, key, now)) this.shown();
    });
    return el(
      "tr",
      { "data-key": key },
      el("th", { scope: "row" }, el("code", { text: key })),
      el("td", {}, this.shownValue(key, now)),
      el("td", { class: "acts" }, edit),
    );
  }

  shownValue(key, now) {
    if (key === "env" && now && Object.keys(now).length) return this.environment(now);
    const text = value(now);
    if (text === "")
      return el("span", { class: "nothing", text: now === null ? "not set" : "empty" });
    return el("code", { text });
  }

  environment(env) {
    const names = Object.keys(env).sort();
    const list = el("ul", { class: "env" });
    const fill = () => {
      const lines = names.map((name) => `${name}=${this.revealed ? env[name] : "••••••"}`);
      list.replaceChildren(...lines.map((text) => el("li", {}, el("code", { text }))));
      say(toggle, this.revealed ? "Hide the values" : "Show the values");
    };
    const toggle = button("", { class: "quiet" });
    toggle.addEventListener("click", () => {
      this.revealed = !this.revealed;
      fill();
    });
    fill();
    return el("div", {}, list, toggle);
  }

  narrow() {
    const text = this.filter.value.trim().toLowerCase();
    for (const row of this.body.children) set(row, "hidden", !row.dataset.key.includes(text));
  }
}
