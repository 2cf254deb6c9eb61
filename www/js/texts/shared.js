// @ts-check
// The words that more than one page uses, and how numbers are written.

export const LOCALE = "en-GB";

/** @param {number} figure */
export const number = (figure) => figure.toLocaleString(LOCALE);

export const PAGES = /** @type {const} */ ({
  overview: "Overview",
  keys: "Keys",
  edge: "Edge",
  inspector: "Inspector",
  "take-back": "Take back",
  audit: "Audit",
  people: "People and tokens",
  passkeys: "Your passkeys",
  approvals: "Approvals",
  settings: "Settings",
  emergency: "Emergency",
});

export const NONE = "–";
export const NEVER = "never";
export const NOTHING_TO_DO = "none";
export const CANNOT_BE_UNDONE = "This cannot be undone.";
export const START_OF_KID = "The start of its kid.";
export const START_OF_ID = "The start of its id.";
/** Why something is tried that is given up again. It reaches the server and no log. */
export const DRY_RUN = "a dry run";

export const COPY = "Copy";
export const copy = (/** @type {string} */ what) => `Copy ${what}`;
export const key = (/** @type {number} */ bits, /** @type {string} */ source) => `RSA ${bits}, ${source}`;
export const rsa = (/** @type {number} */ bits) => `RSA ${bits}`;

export const REASON = { label: "Reason", hint: "Kept in the audit log." };

/** @param {string} role @param {string} what */
export const notFor = (role, what) => `The role ${role} may not ${what}. Ask an administrator of this server for a token that may.`;

/** More names than these are a number. */
const NAMED = 6;

/** "fra", "fra and sin", "fra, sin and iad". @param {string[]} names */
export function inWords(names) {
  if (names.length > NAMED) return `${names.slice(0, NAMED - 1).join(", ")} and ${names.length - NAMED + 1} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The server's sentences begin small, and end without a stop. @param {string} words */
export const sentence = (words) => capital(words).replace(/[^.!?]$/, "$&.");

/** @param {string} words */
export const capital = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

/** When the old key is believed nowhere. @param {number} regions that report @param {string} bound */
export function spread(regions, bound) {
  const silent = `An edge that does not report stops believing the old key within ${bound}.`;
  if (regions === 0) return `No region reports now. ${silent}`;
  return `It is over when ${regions === 1 ? "the one region that reports has" : `the ${regions} regions that report have`} confirmed it. ${silent}`;
}

/** How long a change takes to the last edge. @param {string} arrival @param {string} [channel] */
export const bound = (arrival, channel) =>
  (channel ? `${arrival}, and one that has the emergency channel within ${channel}` : arrival);

/** @param {number} there @param {number} all @param {number} version */
export const confirmed = (there, all, version) => `${there} of ${all} ${all === 1 ? "region has" : "regions have"} confirmed version ${version}.`;
export const REGIONS_AT_VERSION = "Regions that run the current version";
export const waitingFor = (/** @type {string[]} */ regions) => (regions.length > 0 ? ` Waiting for ${inWords(regions)}.` : "");
export const missing = (/** @type {string[]} */ regions) => (regions.length > 0 ? ` Missing: ${inWords(regions)}.` : "");
