// @ts-check

export const REGIONS = "Regions";
export const REFUSED_BY_REASON = "Refused, by reason";
export const REFUSED_BY_KEY = "Refused, by key";
export const ACCEPTED_BY_KEY = "Accepted, by key";

/** The label of each plot, and what stands in its place where there is nothing to plot. */
export const PLOTS = {
  byReason: ["Refused requests by reason", "Nothing was refused in the last hour."],
  byKey: ["Refused tokens by the key that they name", "No token that names one of these keys was refused in the last hour."],
  accepted: ["Accepted tokens by key", "No token was accepted in the last hour."],
};
export const NAMED_BY_ITSELF = "A token names its key itself: whoever forges one can name any key. What names no key that the edge knows is counted by reason alone.";
export const ACTIVE_KEY = "the active key";
export const AS_TABLE = "The same as a table";
export const PLOT_COLUMNS = ["Which", "Last 5 minutes", "Last hour"];

export const bringsKey = (/** @type {string} */ kid) => ` It brings key ${kid}.`;

export const CAPTION = "Regions of the edge and the key set version each runs";
export const COLUMNS = ["Region", "Runs version", "Instances", "Key set age", "Last report", "Accepted", "Refused"];
export const NO_VERSION = "none";
export const STATES = { stale: "silent", confirmed: "confirmed", waiting: "behind" };
export const mostly = (/** @type {string} */ code) => `mostly ${code}`;
/** @param {string | undefined} bound */
export const nobody = (bound) =>
  `No region has reported yet. Until one does, a step counts as safe after the propagation bound${bound ? ` of ${bound}` : ""}.`;

/** A plot in one sentence. @param {string} label @param {string} most @param {string} at @param {string[]} series */
export const plotInWords = (label, most, at, series) => `${label}. Most: ${most} at ${at}. ${series.join(", ")}`;
export const mostInAMinute = (/** @type {string} */ most) => `most in a minute: ${most}`;
