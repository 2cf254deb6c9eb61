// @ts-check
// What every plan speaks of: how soon the edge knows, and who lacks what.
import { duration } from "./instant.js";

/** Every step with a plan may have to be explained a year later. */
export const REASON = { name: "reason", label: "Reason", hint: "Kept in the audit log.", required: true };

/** More names than these are a number. */
const NAMED = 6;

/** "fra", "fra and sin", "fra, sin and iad". @param {string[]} names */
export function inWords(names) {
  if (names.length > NAMED) return `${names.slice(0, NAMED - 1).join(", ")} and ${names.length - NAMED + 1} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** When the old key is believed nowhere, as the server's plan has it. @param {any} plan */
export function spread(plan) {
  const { regions_reporting: regions } = plan;
  const silent = `An edge that does not report stops believing the old key within ${bound(plan)}.`;
  if (regions === 0) return `No region reports now. ${silent}`;
  return `It is over when ${regions === 1 ? "the one region that reports has" : `the ${regions} regions that report have`} confirmed it. ${silent}`;
}

/** How long a change takes to the last edge. @param {any} plan */
export function bound({ arrival_bound_secs: arrival, channel_bound_secs: channel }) {
  return channel ? `${duration(arrival)}, and one that has the emergency channel within ${duration(channel)}` : duration(arrival);
}
