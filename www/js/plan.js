// @ts-check
// What every plan speaks of: why, and how soon the edge knows.
import { duration } from "./instant.js";
import * as texts from "./texts/shared.js";

/** Every step with a plan may have to be explained a year later. */
export const REASON = { name: "reason", ...texts.REASON, required: true };

/** When the old key is believed nowhere, as the server's plan has it. @param {any} plan */
export const spread = (plan) => texts.spread(plan.regions_reporting, bound(plan));

/** How long a change takes to the last edge. @param {any} plan */
export const bound = ({ arrival_bound_secs: arrival, channel_bound_secs: channel }) =>
  texts.bound(duration(arrival), channel && duration(channel));
