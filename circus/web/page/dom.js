/**
 * Making and changing elements. Text from the wire goes in as text only: nothing here, and nothing
 * in the page, parses markup.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} [props] attributes; `text` is its text, `on…` a listener, and a value
 *   of null or false leaves the attribute away
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  return dress(document.createElement(tag), props, children);
}

/** Make an SVG element, as {@link el} does of HTML. */
export function svg(tag, props = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), props, children);
}

function dress(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

/** One of the drawings that index.html defines; it says nothing to a screen reader. */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    svg("use", { href: `#icon-${name}` }),
  );
}

/** Give an icon made by {@link icon} another drawing. */
export function redraw(drawn, name) {
  set(drawn.firstChild, "href", `#icon-${name}`);
}

/** Set the text of an element, and touch nothing when it is that already. */
export function say(node, text) {
  const wanted = String(text);
  const first = node.firstChild;
  if (first && first === node.lastChild && first.nodeType === Node.TEXT_NODE) {
    if (first.data !== wanted) first.data = wanted;
  } else if (first || wanted) {
    node.textContent = wanted;
  }
}

/** Set an attribute, or take it away (null, false), and touch nothing when it is so already. */
export function set(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const wanted = value === true ? "" : String(value);
  if (node.getAttribute(name) !== wanted) node.setAttribute(name, wanted);
}

/** A button with a label, and maybe an icon before it. */
export function button(label, { icon: drawing, ...props } = {}) {
  return el("button", { type: "button", ...props }, drawing ? icon(drawing) : null, label);
}

/** A button that shows an icon only; its name is for screen readers and the tooltip. */
export function iconButton(name, drawing, props = {}) {
  return el(
    "button",
    { type: "button", class: "quiet square", "aria-label": name, title: name, ...props },
    icon(drawing),
  );
}

/** Bring the children of a parent into an order, moving only those that stand elsewhere. */
export function arrange(parent, nodes) {
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/**
 * Work through a list in pieces, a piece a frame, so that a long one never holds up the page.
 * @returns {() => void} stops it
 */
export function inPieces(items, size, work) {
  let at = 0;
  let handle = 0;
  const step = () => {
    const end = Math.min(at + size, items.length);
    work(items.slice(at, end));
    at = end;
    if (at < items.length) handle = setTimeout(step, 0);
  };
  step();
  return () => clearTimeout(handle);
}
