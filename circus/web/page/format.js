/** Figures as people read them. The digits are tabular, so a column of them stays still. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
export const NOTHING = "–";

const known = (value) => value !== null && value !== undefined && !Number.isNaN(value);

/** Percent of one core: `0.4 %`, `12 %`, `340 %`. */
export function percent(value) {
  if (!known(value)) return NOTHING;
  return `${value && value < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** Bytes in binary units: `34.1 MiB`. */
export function bytes(value) {
  if (!known(value)) return NOTHING;
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < UNITS.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${unit && left < 99.95 ? left.toFixed(1) : Math.round(left)} ${UNITS[unit]}`;
}

/** How long, in the two largest units: `8 s`, `3 min 20 s`, `2 h 5 min`, `4 d 7 h`. */
export function span(seconds) {
  if (!known(seconds)) return NOTHING;
  const whole = Math.max(0, Math.round(seconds));
  const pairs = [
    [86400, "d", 3600, "h"],
    [3600, "h", 60, "min"],
    [60, "min", 1, "s"],
  ];
  for (const [large, name, small, less] of pairs) {
    if (whole >= large) {
      const rest = Math.floor((whole % large) / small);
      return `${Math.floor(whole / large)} ${name}${rest ? ` ${rest} ${less}` : ""}`;
    }
  }
  return `${whole} s`;
}

/** How long ago, in one unit, so that it changes rarely: `just now`, `4 min ago`. */
export function ago(seconds) {
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.floor(seconds / 5) * 5} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** The time of day, in the reader's zone, of seconds since 1970. */
export function clock(at) {
  return CLOCK.format(new Date(at * 1000));
}

/** Day and time, in the reader's zone, of seconds since 1970. */
export function moment(at) {
  return DAY.format(new Date(at * 1000));
}

/** `1 process`, `2 processes`. */
export function count(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

/** The names of some, and how many more: `web, mail and 3 more`. */
export function some(names, most = 3) {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** The value of an option as text: what can be typed again to set it. */
export function value(thing) {
  if (thing === null || thing === undefined) return "";
  if (Array.isArray(thing) && thing.every((item) => /^[^\s"'\\[\]{}]+$/.test(item))) {
    return thing.join(" ");
  }
  return typeof thing === "object" ? JSON.stringify(thing) : String(thing);
}
