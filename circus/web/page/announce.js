/**
 * What the page says to its reader: short messages in a corner, which screen readers hear (politely,
 * and those about trouble not more often than every few seconds). What went well leaves by itself,
 * unless it is pointed at; what was refused stays until it is put away.
 */

import { el, icon, iconButton, say } from "./dom.js";

const STAYS = 8000;
const MOST = 5;
const APART = 5000;

const list = document.getElementById("messages");
const quiet = document.getElementById("quietly");

/**
 * Show a message.
 * @param {"done"|"refused"|"doing"} kind
 * @returns {{change: (kind: string, text: string) => void}} changes it in place
 */
export function tell(kind, text) {
  const words = el("p");
  const mark = el("span", { class: "mark" });
  const shut = iconButton("Put this message away", "close");
  const node = el("li", { class: "message" }, mark, words, shut);
  let timer = 0;
  const leave = () => {
    clearTimeout(timer);
    node.remove();
  };
  shut.addEventListener("click", leave);
  const stay = () => clearTimeout(timer);
  const wait = () => {
    stay();
    if (node.dataset.kind === "done") timer = setTimeout(leave, STAYS);
  };
  for (const event of ["pointerenter", "focusin"]) node.addEventListener(event, stay);
  for (const event of ["pointerleave", "focusout"]) node.addEventListener(event, wait);
  const change = (next, wanted) => {
    node.dataset.kind = next;
    mark.replaceChildren(icon({ done: "done", refused: "failed", doing: "starting" }[next]));
    say(words, wanted);
    if (!node.isConnected) list.append(node);
    wait();
  };
  change(kind, text);
  while (list.children.length > MOST) list.firstElementChild.remove();
  return { change };
}

let last = 0;
let timer = 0;

/** Say something to screen readers only; of several within seconds they hear the last. */
export function speak(text) {
  clearTimeout(timer);
  const now = Date.now();
  timer = setTimeout(
    () => {
      last = Date.now();
      say(quiet, text);
    },
    Math.max(100, last + APART - now),
  );
}
