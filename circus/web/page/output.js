/**
 * The live output of a watcher. Lines are shown as text, without colours and with what cannot be
 * printed made visible; the last two thousand are kept. It follows the end until the reader scrolls
 * up or pauses; what comes while it is paused is kept as well, as much as is shown at most.
 */

import { button, el, say, set } from "./dom.js";
import { bytes, count } from "./format.js";
import { plain } from "./ansi.js";

const MOST = 2000;
const LONGEST = 8000;

export class OutputPart {
  constructor(name) {
    this.name = name;
    this.waiting = [];
    this.lost = 0;
    this.paused = false;
    this.frame = 0;
    this.build();
  }

  build() {
    this.lines = el("div", {
      class: "lines",
      role: "log",
      "aria-live": "off",
      "aria-label": `Output of ${this.name}`,
      tabindex: "0",
    });
    this.pause = button("Pause", { "aria-pressed": "false" });
    this.pause.addEventListener("click", () => this.hold(!this.paused));
    this.follow = button("Jump to the end", { class: "quiet", hidden: true });
    this.follow.addEventListener("click", () => this.toEnd());
    const clear = button("Clear", { class: "quiet" });
    clear.addEventListener("click", () => {
      this.lines.replaceChildren();
      this.note();
    });
    this.which = el(
      "select",
      { id: "stream" },
      ...[
        ["", "both"],
        ["stdout", "stdout"],
        ["stderr", "stderr"],
      ].map(([value, text]) => el("option", { value, text })),
    );
    this.which.addEventListener("change", () =>
      set(this.lines, "data-only", this.which.value || null),
    );
    this.wrap = el("input", { type: "checkbox", id: "wrap", checked: true });
    this.wrap.addEventListener("change", () =>
      this.lines.classList.toggle("unwrapped", !this.wrap.checked),
    );
    this.state = el("span", { class: "found", role: "status" });
    this.lines.addEventListener("scroll", () => set(this.follow, "hidden", this.atEnd()), {
      passive: true,
    });
    this.node = el(
      "section",
      { class: "output", "aria-label": "Output" },
      el(
        "div",
        { class: "tools" },
        el("div", { class: "bar" }, this.pause, clear, this.follow),
        el(
          "div",
          { class: "seek" },
          this.state,
          el("label", {}, "Stream", this.which),
          el("label", { class: "check" }, this.wrap, "Wrap long lines"),
        ),
      ),
      this.lines,
    );
    this.note();
  }

  /** Take an `output` message. */
  take({ pid, stream, text, reason }) {
    if (reason) {
      this.queue({ stream: "missed", text: `${stream}: ${reason}` });
      return;
    }
    for (const line of text.replace(/\r?\n$/, "").split("\n"))
      this.queue({ pid, stream, text: line });
  }

  missed(number) {
    this.queue({ stream: "missed", text: `${bytes(number)} left out here: they came too fast.` });
  }

  queue(line) {
    this.waiting.push(line);
    if (this.waiting.length > MOST * 2) {
      this.lost += this.waiting.length - MOST;
      this.waiting = this.waiting.slice(-MOST);
    }
    if (this.paused) this.note();
    else if (!this.frame) this.frame = requestAnimationFrame(() => this.flush());
  }

  flush() {
    this.frame = 0;
    const following = this.atEnd();
    const fresh = this.waiting.slice(-MOST);
    this.waiting = [];
    this.lost = 0;
    this.lines.append(...fresh.map((line) => this.line(line)));
    while (this.lines.children.length > MOST) this.lines.firstChild.remove();
    if (following) this.toEnd();
    this.note();
  }

  line({ pid, stream, text }) {
    const shown = plain(text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text);
    if (stream === "missed") return el("div", { class: "line missed", text: shown });
    return el(
      "div",
      { class: "line", "data-stream": stream },
      pid ? el("span", { class: "from", text: pid }) : null,
      el("span", { class: "kind", text: stream === "stderr" ? "err" : "out" }),
      el("span", { class: "text", text: shown || "\u00a0" }),
    );
  }

  hold(paused) {
    this.paused = paused;
    set(this.pause, "aria-pressed", String(paused));
    say(this.pause, paused ? "Go on" : "Pause");
    if (!paused) this.flush();
    this.note();
  }

  atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.lines;
    return scrollHeight - scrollTop - clientHeight < 24;
  }

  toEnd() {
    this.lines.scrollTop = this.lines.scrollHeight;
    set(this.follow, "hidden", true);
  }

  note() {
    const waiting = this.waiting.length + this.lost;
    if (this.paused)
      say(this.state, waiting ? `Paused, ${count(waiting, "new line", "new lines")}` : "Paused");
    else say(this.state, this.lines.children.length ? "" : "Waiting for output …");
  }

  shown() {
    requestAnimationFrame(() => this.toEnd());
  }

  close() {
    cancelAnimationFrame(this.frame);
  }
}
