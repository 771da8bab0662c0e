/** Text of processes made safe to look at. */

/** Escape sequences: CSI (colours, cursor), OSC (titles, links) and the short ones. */
const ESCAPES =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]|\u009b[0-?]*[ -/]*[@-~]/g;

/** What moves other text about or hides in it: control characters, and those of direction. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const PICTURES = 0x2400;

/** The text without escape sequences; what else cannot be printed is made visible. */
export function plain(text) {
  const kept = overwritten(text.replace(ESCAPES, ""));
  return kept.replace(HIDDEN, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(PICTURES + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/** Of a line that is written over itself (a progress bar) only the last state is of interest. */
function overwritten(text) {
  const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
  return whole.slice(whole.lastIndexOf("\r") + 1);
}
