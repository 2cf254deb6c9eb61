// @ts-check
// What every plan speaks of: why, and how soon the edge knows; and the plans that more than one page shows.
import { duration } from "./instant.js";
import { short } from "./key_name.js";
import { PLAN } from "./texts/emergency.js";
import { ROLL_BACK, calledOff as calledOffWords } from "./texts/keys.js";
import * as texts from "./texts/shared.js";

/** Every step with a plan may have to be explained a year later. */
export const REASON = { name: "reason", ...texts.REASON, required: true };

/** When the old key is believed nowhere, as the server's plan has it. @param {any} plan */
export const spread = (plan) => texts.spread(plan.regions_reporting, bound(plan));

/** How long a change takes to the last edge. @param {any} plan */
export const bound = ({ arrival_bound_secs: arrival, channel_bound_secs: channel }) =>
  texts.bound(duration(arrival), channel && duration(channel));

/** What an emergency would do, step by step. @param {any} plan */
export const emergencySteps = (plan) => [
  PLAN.made(plan.version),
  PLAN.revoked(short(plan.revoked_kid)),
  ...calledOff(plan),
  PLAN.refused(loggedOut(plan.logged_out)),
  PLAN.measured(spread(plan)),
  texts.CANNOT_BE_UNDONE,
];

/** What a rollback would do, step by step. @param {any} plan */
export const rollBackSteps = (plan) => [
  plan.signs_at_once ? ROLL_BACK.atOnce(short(plan.kid)) : ROLL_BACK.again(short(plan.kid)),
  ROLL_BACK.retiring(short(plan.from_kid)),
  ...calledOff(plan),
  ROLL_BACK.version(plan.version),
];

/** @param {{cancelled_kid: string | null}} plan */
const calledOff = ({ cancelled_kid: kid }) => (kid ? [calledOffWords(short(kid))] : []);

/** Who holds the tokens that would be refused. @param {any[]} keys */
const loggedOut = (keys) => PLAN.seen(keys.map((key) => PLAN.use(texts.number(key.seen_count), short(key.kid), key.state)));
