// @ts-check
// How the console speaks of time.

/** The name of one, of many, and the seconds in it. */
export const UNITS = /** @type {const} */ ([
  ["day", "days", 86_400],
  ["h", "h", 3_600],
  ["min", "min", 60],
  ["s", "s", 1],
]);

export const NO_TIME = "0 s";
export const A_MOMENT = "a moment";
export const NOW = "now";
export const ahead = (/** @type {string} */ duration) => `in ${duration}`;
export const ago = (/** @type {string} */ age) => `${age} ago`;
export const atAbout = (/** @type {string} */ at, /** @type {string} */ words) => `${at}, ${words}`;
