/**
 * The banner that says when what is shown is not of now: the console does not answer (with when it is
 * tried again), or circusd does not. What was last known stays on the page, dimmed.
 */

import { say, set } from "./dom.js";
import { clock } from "./format.js";

export class LinkBanner {
  /** @param {() => void} retry tries the connection at once */
  constructor(retry) {
    this.node = document.getElementById("banner");
    this.text = document.getElementById("banner-text");
    this.count = document.getElementById("banner-count");
    this.button = document.getElementById("banner-retry");
    this.button.addEventListener("click", retry);
    this.open = false;
    this.first = true;
    this.next = null;
    this.up = true;
    this.reason = "";
    this.lastHeard = 0;
  }

  /** The connection was made or lost. */
  link({ open, next }) {
    if (this.open && !open) this.lastHeard = Date.now() / 1000;
    if (open) this.first = false;
    this.open = open;
    this.next = next;
    this.show();
  }

  /** circusd went or came back. */
  daemon(up, reason = "", lastHeard = 0) {
    if (this.up && !up) this.lastHeard = lastHeard;
    this.up = up;
    this.reason = reason;
    this.show();
  }

  show() {
    const away = !this.open;
    const bad = (away && !(this.first && this.next === null)) || (!away && !this.up);
    set(this.node, "hidden", !bad);
    set(document.body, "data-stale", bad);
    set(this.button, "hidden", !away);
    if (!bad) {
      say(this.text, "");
      say(this.count, "");
      return;
    }
    const seen = this.lastHeard ? ` What is shown is from ${clock(this.lastHeard)}.` : "";
    const reason = this.reason ? `: ${this.reason}` : "";
    say(
      this.text,
      away ? `The console does not answer.${seen}` : `circusd does not answer${reason}.${seen}`,
    );
    this.tick();
  }

  /** The seconds until the next try; they are not read out. */
  tick() {
    if (this.open || this.next === null) {
      say(this.count, "");
      return;
    }
    const seconds = Math.ceil((this.next - Date.now()) / 1000);
    say(this.count, seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again …");
  }
}
