// @ts-check

export const UNDER_WAY = "Emergency under way";
export const LEAKED = "A key has leaked";
export const LAST = "The last emergency";
export const BESIDES = "What to do besides";

export const INTRODUCTION = "Replaces the active key at once, revokes it for good, and signs everybody out. For a key that nobody else has, ";
export const ROTATE_INSTEAD = "rotate instead";
export const NOBODY_NOTICES = ": then nobody notices.";
export const BUTTON = "Emergency…";
export const TODO = {
  findOut: "Find out how the key got out, before the new one goes the same way.",
  backends: "A backend that signs by itself needs the new private key; until then its tokens are refused.",
  onlySome: "Only some people or sessions are concerned? ",
  takeBack: "Take back their tokens",
  keepKey: " and keep the key.",
};

/** @param {number} regions that report @param {string} bound */
export const ifNow = (regions, bound) => "If you did it now: every token that was issued until now is refused; "
  + (regions === 0 ? "no region reports, so that nobody can say when it is over; " : `${regions} ${regions === 1 ? "region is" : "regions are"} waited for; `)
  + `an edge that does not report stops believing the old key within ${bound}.`;
export const CAPTION = "Whose holders would be signed out";
export const COLUMNS = ["Key", "State", "Tokens seen at the edge", "Last seen"];

export const THERE_WAS_NONE = "There has been none.";
export const NOT_OVER = "It is not over yet.";
export const tookSoLong = (/** @type {string} */ duration) => `The last region had it ${duration} after the command.`;
/** @param {string} at @param {import("../element.js").Child} revoked @param {import("../element.js").Child} signs @param {string} took */
export const declared = (at, revoked, signs, took) => [`Declared at ${at}: key `, revoked, " was revoked, key ", signs, ` has signed since. ${took}`];

export const NO_REGION = "No region reports; the propagation bound decides when the old key is believed nowhere.";
export const PROGRESS = "Regions that have confirmed";
export const revokedSince = (/** @type {string} */ kid, /** @type {string} */ since, /** @type {string} */ signs) =>
  `Key ${kid} was revoked ${since} ago; key ${signs} signs. The audit log will say how long it took.`;

export const PLAN = {
  title: "Emergency: replace a compromised key?",
  made: (/** @type {number} */ version) => `A new key is made and signs at once, by version ${version}, before the edge has confirmed it.`,
  revoked: (/** @type {string} */ kid) => `Key ${kid} is revoked for good.`,
  refused: (/** @type {string} */ seen) => `Every token issued until now is refused: all users must sign in again. ${seen}`,
  seen: (/** @type {string[]} */ uses) => `Tokens seen at the edge: ${uses.join(", ")}.`,
  use: (/** @type {string} */ count, /** @type {string} */ kid, /** @type {string} */ state) => `${count} of key ${kid} (${state})`,
  measured: (/** @type {string} */ spread) => `${spread} The time until then is measured and kept in the audit log.`,
  start: "The start of the active kid.",
  go: "Revoke and replace now",
  done: (/** @type {string} */ revoked, /** @type {string} */ signs, /** @type {number} */ version) =>
    `Key ${revoked} is revoked; ${signs} signs. Watch the edge confirm version ${version} below.`,
};
