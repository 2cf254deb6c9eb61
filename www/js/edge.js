// @ts-check
// The edge: what each region runs and how long ago it said so, and what it accepted and refused in the last hour.
import * as api from "./api.js";
import { element } from "./element.js";
import { duration, time } from "./instant.js";
import { short } from "./key_name.js";
import { atLength, panel, part } from "./part.js";
import { GOOD, legend, stackedBars, sums, total } from "./plots.js";
import { isUnderWay } from "./rotation.js";
import { table, written } from "./table.js";
import * as texts from "./texts/edge.js";
import { REGIONS_AT_VERSION, confirmed, number, waitingFor } from "./texts/shared.js";

export const reads = { minutes: api.minutes };

/** @param {import("./pages.js").View} view */
export function render({ issuer, read, policy, now }) {
  return [
    panel(texts.REGIONS, {}, progress(issuer), edgeTable(issuer.edge, now, policy.propagation_bound_secs)),
    panel(texts.REFUSED_BY_REASON, {}, part(read.minutes, (minutes) =>
      plot(texts.PLOTS.byReason, Object.entries(minutes.refused), minutes.from, () => ""))),
    panel(texts.REFUSED_BY_KEY, {}, part(read.minutes, (minutes) => [
      element("p", { class: "soft" }, texts.NAMED_BY_ITSELF),
      plot(texts.PLOTS.byKey, refusedByKey(minutes), minutes.from, (kid) => standing(kid, issuer)),
    ])),
    panel(texts.ACCEPTED_BY_KEY, {}, part(read.minutes, (minutes) =>
      plot(texts.PLOTS.accepted, Object.entries(minutes.by_kid), minutes.from, (kid) => standing(kid, issuer), GOOD))),
  ];
}

/** All codes of a key together: its own page has them apart. @param {any} minutes @returns {[string, number[]][]} */
const refusedByKey = ({ refused_by_kid: byKid = {} }) => Object.entries(byKid).map(([kid, codes]) =>
  [kid, sums(Object.values(/** @type {Record<string, number[]>} */ (codes)))]);

/** How far the current version has come. @param {any} issuer */
function progress({ edge, rotation }) {
  const live = edge.regions.filter((/** @type {any} */ region) => !region.stale);
  if (live.length === 0) return null;
  const there = live.filter((/** @type {any} */ region) => region.confirmed).length;
  const whose = isUnderWay(rotation) && rotation.stage !== "retiring" ? texts.bringsKey(short(rotation.new_kid)) : "";
  return element("div", { class: "confirmed" },
    element("progress", { max: live.length, value: there, "aria-label": REGIONS_AT_VERSION }),
    element("p", {}, element("strong", {}, confirmed(there, live.length, edge.version)), whose, waitingFor(edge.waiting_for)));
}

/**
 * A plot of the last hour and the table that says the same.
 *
 * @param {string[]} words its label, and what there is to say where there is nothing to plot
 * @param {[string, number[]][]} series @param {string} from @param {(name: string) => string} meaning @param {number} [colour] the first
 */
function plot([label, nothing], series, from, meaning, colour = 0) {
  const sorted = series.filter(([, counts]) => total(counts) > 0).sort(([, a], [, b]) => total(b) - total(a));
  if (sorted.length === 0) return element("p", { class: "empty" }, nothing);
  const named = sorted.map(([name, counts]) => /** @type {[string, number[]]} */ ([abbreviated(name), counts]));
  return [
    stackedBars(label, named, from, colour),
    legend(named.map(([name, counts], index) => [name, `${number(total(counts))}  ${meaning(sorted[index][0])}`]), colour),
    element("details", {}, element("summary", {}, texts.AS_TABLE),
      table(label, texts.PLOT_COLUMNS, named.map(([name, counts]) =>
        [element("code", {}, name), number(total(counts.slice(-5))), number(total(counts))]))),
  ];
}

/** A kid is 43 characters long, and a code is not. @param {string} name */
const abbreviated = (name) => (name.length >= 43 ? short(name) : name);

/** @param {string} kid @param {any} issuer */
const standing = (kid, issuer) => (kid === issuer.active_kid ? texts.ACTIVE_KEY : "");

/** @param {any} edge @param {number} now @param {number | undefined} boundSecs */
function edgeTable(edge, now, boundSecs) {
  if (edge.regions.length === 0) return nobody(boundSecs);
  // What is behind comes first: it is what somebody looks for.
  const rank = (/** @type {any} */ region) => (region.stale ? 1 : region.confirmed ? 2 : 0);
  const regions = [...edge.regions].sort((a, b) => rank(a) - rank(b));
  return atLength(texts.CAPTION, regions, (shown) => table(texts.CAPTION, texts.COLUMNS, shown.map((region) => cells(region, now))));
}

/** @param {number | undefined} boundSecs */
function nobody(boundSecs) {
  return element("p", { class: "empty" }, texts.nobody(boundSecs ? duration(boundSecs) : undefined));
}

/** @param {any} region @param {number} now */
function cells(region, now) {
  return [
    written(element("code", {}, region.region)),
    element("div", {}, `${region.version ?? texts.NO_VERSION} `, verdict(region)),
    String(region.instances),
    duration(region.key_set_age_seconds),
    time(region.last_report_at, now),
    element("span", { class: "number" }, number(region.accepted)),
    refusals(region.refused),
  ];
}

/** @param {any} region */
function verdict(region) {
  const state = region.stale ? "stale" : region.confirmed ? "confirmed" : "waiting";
  return element("span", { class: "badge", "data-state": state }, texts.STATES[state]);
}

/** The total, and the commonest code: enough to see whether a rotation hurts. @param {Record<string, number>} refused */
function refusals(refused) {
  const codes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  const total = codes.reduce((sum, [, times]) => sum + times, 0);
  return element(
    "div",
    { class: "number" },
    number(total),
    codes.length > 0 && total > 0 ? element("span", { class: "soft" }, texts.mostly(codes[0][0])) : null,
  );
}
