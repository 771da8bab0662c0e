/** Light or dark: as the system says, until the reader chooses; the choice is kept in this browser. */

import { redraw, set } from "./dom.js";

const KEY = "circus-theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

let choice = null;

function chosen() {
  try {
    return choice ?? localStorage.getItem(KEY);
  } catch {
    return choice; // a browser may forbid storing
  }
}

/** Put the choice into effect; called before anything is drawn. */
export function dressed() {
  const theme = chosen() ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  return theme;
}

/** Make a button switch between both. */
export function switches(button) {
  const show = () => {
    const theme = dressed();
    const other = theme === "dark" ? "light" : "dark";
    redraw(button.querySelector(".icon"), theme === "dark" ? "sun" : "moon");
    set(button, "aria-label", `Use ${other} colours`);
    set(button, "title", `Use ${other} colours`);
  };
  button.addEventListener("click", () => {
    choice = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // then the choice lasts as long as the page
    }
    show();
  });
  dark.addEventListener("change", show);
  show();
}
