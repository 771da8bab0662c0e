/**
 * A menu that a button opens. There is one, used by all buttons: arrows move in it, Escape and a
 * click elsewhere close it, and the focus goes back to the button.
 */

import { el } from "./dom.js";

const menu = document.getElementById("menu");
let opener = null;

/**
 * Make a button open a menu.
 * @param {HTMLElement} opening
 * @param {() => Array<{label: string, hurts?: boolean, act: () => void}>} items asked each time
 */
export function opens(opening, items) {
  opening.setAttribute("aria-haspopup", "menu");
  opening.setAttribute("aria-expanded", "false");
  opening.addEventListener("click", () => {
    if (opener === opening) menu.hidePopover();
    else show(opening, items());
  });
}

function show(opening, items) {
  const rows = items.map(({ label, hurts, act }) => {
    const row = el("button", {
      type: "button",
      role: "menuitem",
      tabindex: "-1",
      class: hurts ? "hurts" : null,
      text: label,
    });
    row.addEventListener("click", () => {
      menu.hidePopover();
      act();
    });
    return row;
  });
  menu.replaceChildren(...rows);
  menu.setAttribute("aria-label", opening.getAttribute("aria-label") ?? opening.textContent);
  menu.showPopover();
  opener = opening;
  opening.setAttribute("aria-expanded", "true");
  place(opening);
  rows[0]?.focus();
}

function place(opening) {
  const box = opening.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = box.bottom + 4 + height <= window.innerHeight;
  const top = below ? box.bottom + 4 : Math.max(4, box.top - 4 - height);
  const left = Math.min(Math.max(4, box.right - width), window.innerWidth - width - 4);
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
}

menu.addEventListener("keydown", (event) => {
  const rows = [...menu.children];
  const here = rows.indexOf(document.activeElement);
  const wanted = {
    ArrowDown: (here + 1) % rows.length,
    ArrowUp: (here - 1 + rows.length) % rows.length,
    Home: 0,
    End: rows.length - 1,
  }[event.key];
  if (wanted !== undefined) {
    event.preventDefault();
    rows[wanted].focus();
  } else if (event.key === "Tab") {
    menu.hidePopover();
  }
});

menu.addEventListener("toggle", (event) => {
  if (event.newState !== "closed" || !opener) return;
  opener.setAttribute("aria-expanded", "false");
  if (menu.contains(document.activeElement) || document.activeElement === document.body) {
    opener.focus();
  }
  opener = null;
});

window.addEventListener("scroll", () => opener && menu.hidePopover(), { passive: true });
