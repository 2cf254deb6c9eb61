// @ts-check
// The policy, and what signs the key sets.

import { inWords } from "./shared.js";

/** @typedef {{name: string, label: string, hint: string, unit: "s" | "days" | "bits" | "text"}} Setting */

export const SETTINGS = /** @type {Setting[]} */ ([
  { name: "rotation_interval_days", label: "Days between rotations", hint: "0: by hand alone", unit: "days" },
  { name: "rotation_window", label: "Hours of scheduled rotations", hint: "such as Mon-Thu 09:00-16:00 UTC, or always", unit: "text" },
  { name: "retired_key_sealed_days", label: "Days a retired key is kept sealed", hint: "for a rollback; 0: it is destroyed at once", unit: "days" },
  { name: "key_bits", label: "Bits of a new key", hint: "2048, 3072 or 4096", unit: "bits" },
  { name: "access_token_expiry_secs", label: "Life of an access token, seconds", hint: "an old key stays for the longer of the two lives", unit: "s" },
  { name: "refresh_token_expiry_secs", label: "Life of a refresh token, seconds", hint: "likewise", unit: "s" },
  { name: "leeway_secs", label: "Leeway of clocks, seconds", hint: "part of the propagation bound", unit: "s" },
  { name: "report_window_secs", label: "Report window, seconds", hint: "a region that reported within it must confirm", unit: "s" },
  { name: "readers_secs", label: "Life of jwks.json copies, seconds", hint: "with verifiers of other makes", unit: "s" },
  { name: "key_set_lifetime_secs", label: "Life of a key set, seconds", hint: "for so long the edge goes on without a newer one", unit: "s" },
]);
export const hint = (/** @type {string} */ duration, /** @type {string} */ hint) => `${duration}; ${hint}`;
export const noWholeNumber = (/** @type {string} */ label, /** @type {string} */ typed) => `${label}: \`${typed}\` is no whole number.`;

export const POLICY = "Policy";
export const INTRODUCTION = "A change is shown with its effect before it is made. What the server's environment names goes back to that when it starts again.";
export const CHANGE_SETTINGS = "change settings";
export const SHOW_EFFECT = "Show the effect…";
export const WHAT_FOLLOWS = "What follows from it";
export const WEBHOOKS = "Webhooks";
export const HAND_OFF = "Hand-off";
export const ROOT_KEYS = "Root keys";

/** What follows from the policy. Every argument is a duration in words. */
export const FOLLOWS = {
  /** @param {{arrival: string, store: string, cache: string, isolate: string, propagation: string, clocks: string}} bounds */
  bounds: ({ arrival, store, cache, isolate, propagation, clocks }) =>
    `A change is at every edge that can read the store within ${arrival}: ${store} for the store, ${cache} for its cache, ${isolate} for an isolate. `
    + `Where no region reports, the server waits for ${propagation}: ${clocks} more, for clocks.`,
  signs: (/** @type {string} */ pause) => `A new key signs no sooner than ${pause} after it was published.`,
  stays: (/** @type {string} */ stays) => `An old key stays in the key set for ${stays} after the new one has begun to sign.`,
  away: (/** @type {string} */ lifetime) => `While this server is away, the edge goes on for ${lifetime} at the most.`,
};

export const CHANGE = {
  title: "Change the policy?",
  nothing: "Nothing is changed yet.",
  go: "Change it",
  done: "The policy is changed, and a key set that says so is on its way.",
  difference: (/** @type {string} */ label, /** @type {any} */ was, /** @type {any} */ is) => `${label}: ${was} becomes ${is}.`,
  byHand: "by hand",
  next: (/** @type {string} */ is, /** @type {string} */ was, /** @type {boolean} */ atOnce) =>
    `The next rotation: ${is}, not ${was}.${atOnce ? " That is at once." : ""}`,
  bound: (/** @type {string} */ is, /** @type {string} */ was) => `The propagation bound becomes ${is}, from ${was}.`,
  longer: "Keys that sign now stay longer once they are replaced.",
  shorter: "Tokens that are out there keep the life they were issued with, and their keys stay for as long.",
};

/** What signs the key sets, and which root vouches for it. */
export const TRUST = {
  byRoot: (/** @type {string} */ root) => `Key sets are signed by root ${root}, whose private half is on this server.`,
  byNobody: "Nobody may sign key sets now.",
  byKey: (/** @type {string} */ kid, /** @type {number} */ generation, /** @type {string} */ root, /** @type {string} */ until) =>
    `Key sets are signed by key ${kid} of generation ${generation}, which root ${root} delegates it to until ${until}.`,
  caption: "Root keys, the newest first",
  columns: ["Root", "Private half", "Vouches for", "Pinned at the edge"],
  nothing: "nothing",
  here: "on this server",
  notHere: "not here",
  withdrawn: "Withdrawn ",
  everywhere: "by every region that reports",
  notKnown: "not known: no region reports",
  notBy: (/** @type {string[]} */ regions) => `not by ${inWords(regions)}`,
};
