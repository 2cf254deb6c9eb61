// @ts-check
// The words that more than one page uses: names of pages, of states, and what stands where there is nothing to show.

export const PAGES = /** @type {const} */ ({
  overview: "Overview",
  keys: "Keys",
  edge: "Edge",
  inspector: "Inspector",
  "take-back": "Take back",
  audit: "Audit",
  people: "People and tokens",
  settings: "Settings",
  emergency: "Emergency",
});

export const LOADING = "Reading from the server…";
export const GONE_ADDRESS = "Nothing is at this address.";
export const SESSION_ENDED = "Your session has ended. Sign in again.";
export const NO_ANSWER = "The server does not answer.";
export const COPIED = "Copied.";
export const LOST = "Connection to the server lost.";
export const BACK = "Connection to the server is back.";
export const RACE = "Nothing was done: the state is not the one you were shown. ";

/** @param {string} role @param {string} what */
export const notFor = (role, what) => `The role ${role} may not ${what}. Ask an administrator of this server for a token that may.`;
