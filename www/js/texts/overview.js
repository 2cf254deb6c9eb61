// @ts-check

export const keysOf = (/** @type {string} */ issuer) => `Keys of ${issuer}`;
export const ROTATE = "Rotate…";
export const ALERTS = "Alerts";
export const EMERGENCY_UNDER_WAY = "Emergency under way";
export const ROTATION_UNDER_WAY = "Rotation under way";
export const REFUSED = "Refused at the edge, the last hour";
export const LATEST_CHANGES = "Latest changes";

/** Why no rotation can be started now, and until when. */
export const BUSY = {
  until: (/** @type {string} */ kid) => `A rotation is under way, until key ${kid} signs`,
  paused: (/** @type {string} */ until) => `${until}: it is paused.`,
  safeAt: (/** @type {string} */ until, /** @type {string} */ at) => `${until}: safe at ${at}.`,
  open: (/** @type {string} */ until) => `${until}.`,
};

/** Whether all is well, in one sentence. */
export const VERDICT = {
  label: "State",
  alerts: (/** @type {number} */ count) => (count === 1 ? "One thing needs you." : `${count} things need you.`),
  emergency: "An emergency is under way: the old key is being thrown out at the edge.",
  rotation: "The key is being turned. Nobody is signed out, and nothing needs you.",
  good: "All is well. Nothing needs you.",
};

export const ACTIVE_KEY = {
  title: "Active key",
  signingFor: (/** @type {string} */ age) => `Signing for ${age}`,
  kind: (/** @type {number} */ bits, /** @type {string} */ source) => ` · RSA ${bits} · ${source}`,
  byHand: "It is turned by hand: no interval is set.",
  meter: "Age against the policy",
  policy: (/** @type {number} */ days) => `Its policy is ${days} days.`,
  over: (/** @type {number} */ days, /** @type {string} */ over) => `Its policy is ${days} days: it is ${over} over.`,
};

export const NEXT = {
  title: "Next step",
  byHand: "by hand",
  noSchedule: "No schedule is set: rotate when you want to.",
  byItself: "The server turns the key by itself: ",
  atAnyHour: "at any hour",
  within: (/** @type {string} */ window) => `within ${window}`,
  every: (/** @type {number} */ days, /** @type {string} */ window) => `Every ${days} days, ${window}.`,
  leaves: (/** @type {string} */ kid) => `Key ${kid} leaves, when its last token has expired.`,
  signs: (/** @type {string} */ kid) => `Key ${kid} starts to sign, as soon as every region has it.`,
  paused: "paused",
  waitsForYou: "The rotation waits for you to resume it.",
  anyMoment: "any moment",
};

export const EDGE = {
  title: "Edge",
  noReports: "no reports",
  silent: (/** @type {string} */ bound) => `No region reported lately; ${bound} after a change it counts as known.`,
  there: (/** @type {number} */ there, /** @type {number} */ all) => `${there} of ${all} ${all === 1 ? "region" : "regions"}`,
  every: (/** @type {number} */ version) => `Every region runs version ${version}.`,
  oldest: (/** @type {string} */ age) => `The oldest key set there was ${age} old.`,
};

export const PUBLISHED = {
  title: "Published key set",
  version: (/** @type {number | null | undefined} */ version) => `version ${version ?? "none"}`,
  pending: "push pending",
  holds: (/** @type {number | null | undefined} */ version) => ` The edge store holds version ${version ?? "none"}.`,
  failed: (/** @type {number} */ attempts, /** @type {string} */ error) => ` Attempt ${attempts} failed: ${error}.`,
  pushed: "Pushed to the edge store and read back.",
  seen: (/** @type {string} */ age) => `Seen there ${age} ago.`,
  disturbed: (/** @type {number} */ times, /** @type {string} */ last) =>
    ` Changed by others ${times === 1 ? "once" : `${times} times`} so far, ${last} the last time.`,
};

export const refusedAndAccepted = (/** @type {string} */ refused, /** @type {string} */ accepted) => `${refused} refused, ${accepted} accepted`;
export const REFUSED_PLOT = "Refused requests, minute by minute";
export const NOTHING_REFUSED = "Nothing was refused.";

export const SINCE = ", since ";
export const rollBackTo = (/** @type {string} */ kid) => `Roll back to key ${kid}…`;

export const CHANGES = {
  none: "Nothing has been changed yet.",
  caption: "The latest changes, newest first",
  columns: ["When", "Who", "What", "Reason"],
  toLastRegion: (/** @type {string} */ duration) => `${duration} to the last region`,
};
