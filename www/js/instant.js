// @ts-check
// How the console speaks of time. "Now" is the server's clock, handed in: a wrong clock here must not mislead.
import { element } from "./element.js";
import { LOCALE } from "./texts/shared.js";
import * as texts from "./texts/time.js";

const CLOCK = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric" });

/** The two largest units: "2 min 10 s", "29 days 23 h". @param {number} secs */
export function duration(secs) {
  let rest = Math.max(0, Math.round(secs));
  const first = texts.UNITS.findIndex(([, , size]) => rest >= size);
  if (first < 0) return texts.NO_TIME;
  const words = [];
  for (const [one, many, size] of texts.UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count} ${count === 1 ? one : many}`);
  }
  return words.join(" ");
}

/** How long ago it was, from ten seconds on: smaller figures only flicker. @param {string} at @param {number} now */
export function age(at, now) {
  const secs = (now - Date.parse(at)) / 1000;
  return secs < 10 ? texts.A_MOMENT : duration(secs);
}

/** "14:32, in 2 min 10 s" or "3 Oct 2026, 50 days ago". @param {string} at @param {number} now */
export function moment(at, now) {
  const then = Date.parse(at);
  const secs = (then - now) / 1000;
  const far = Math.abs(secs) >= 86_400;
  const words = secs >= 1 ? texts.ahead(duration(secs)) : texts.ago(age(at, now));
  return texts.atAbout((far ? DATE : CLOCK).format(then), words);
}

/** A `<time>` that says when, near or far, and carries the exact instant. @param {string} at @param {number} now */
export function time(at, now) {
  return element("time", { datetime: at, title: at }, moment(at, now));
}

/** The time of day. @param {number} at */
export const clock = (at) => CLOCK.format(at);

/** A `<time>` that says the day, and carries the exact instant. @param {string} at */
export const day = (at) => element("time", { datetime: at, title: at }, DATE.format(Date.parse(at)));

/** The day alone, for the ends of a scale. @param {number} at @param {number} span in milliseconds */
export function tick(at, span) {
  return (span >= 2 * 86_400_000 ? DATE : CLOCK).format(at);
}
