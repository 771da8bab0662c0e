/**
 * The one dialog of the page: it asks before something that hurts, and for what a command needs. The
 * browser keeps the focus in it, closes it by Escape and gives the focus back.
 */

import { button, el } from "./dom.js";

const dialog = document.getElementById("dialog");
let serial = 0;

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"text"|"number"|"select"|"check"} [kind] text if not said
 * @property {string} [value]
 * @property {string[][]} [choices] value and label of each
 * @property {string} [hint]
 * @property {number} [min]
 */

/**
 * Ask.
 * @param {{title: string, text?: string, list?: string[], fields?: Field[], yes: string,
 *   hurts?: boolean, no?: string}} question
 * @returns {Promise<Object<string, string|boolean>|null>} the fields by name, or null if it was left
 */
export function ask({ title, text, list, fields = [], yes, hurts = false, no = "Cancel" }) {
  if (dialog.open) return Promise.resolve(null); // an answer came late, and asks in between
  const inputs = new Map();
  const parts = fields.map((field) => build(field, inputs));
  const refuse = button(no, { value: "no" });
  const agree = el("button", { type: "submit", class: hurts ? "danger" : "primary", text: yes });
  refuse.addEventListener("click", () => dialog.close("no"));
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "dialog-title", text: title }),
    text ? el("p", { id: "dialog-text", text }) : null,
    list ? el("ul", { class: "plan" }, ...list.map((item) => el("li", { text: item }))) : null,
    ...parts,
    el("div", { class: "choices" }, refuse, agree),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close("yes");
  });
  dialog.replaceChildren(form);
  if (text) dialog.setAttribute("aria-describedby", "dialog-text");
  else dialog.removeAttribute("aria-describedby");
  dialog.returnValue = "";
  dialog.showModal();
  (inputs.values().next().value ?? refuse).focus();
  return new Promise((settle) => {
    dialog.addEventListener(
      "close",
      () => settle(dialog.returnValue === "yes" ? read(inputs) : null),
      { once: true },
    );
  });
}

function build({ name, label, kind = "text", value = "", choices = [], hint, min }, inputs) {
  serial += 1;
  const id = `field-${serial}`;
  const about = hint ? { "aria-describedby": `${id}-hint` } : {};
  const note = hint ? el("small", { id: `${id}-hint`, text: hint }) : null;
  if (kind === "check") {
    const input = el("input", { type: "checkbox", id, ...about });
    inputs.set(name, input);
    return el("div", { class: "field check" }, input, el("label", { for: id, text: label }), note);
  }
  const input =
    kind === "select"
      ? el(
          "select",
          { id, ...about },
          ...choices.map(([key, text]) =>
            el("option", { value: key, text, selected: key === value }),
          ),
        )
      : el("input", {
          id,
          type: kind,
          min,
          required: kind === "number",
          autocomplete: "off",
          spellcheck: "false",
          ...about,
        });
  if (kind !== "select") input.value = value;
  inputs.set(name, input);
  return el("div", { class: "field" }, el("label", { for: id, text: label }), input, note);
}

function read(inputs) {
  const entries = [...inputs].map(([name, input]) => [
    name,
    input.type === "checkbox" ? input.checked : input.value.trim(),
  ]);
  return Object.fromEntries(entries);
}
