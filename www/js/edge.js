// @ts-check
// The edge: what each region runs and how long ago it said so, and what it accepted and refused in the last hour.
import * as api from "./api.js";
import { element } from "./element.js";
import { duration, time } from "./instant.js";
import { short } from "./key_name.js";
import { atLength, panel, part } from "./part.js";
import { GOOD, legend, stackedBars, total } from "./plots.js";
import { isUnderWay } from "./rotation.js";
import { table } from "./table.js";

export const reads = { minutes: api.minutes };

/** @param {import("./pages.js").View} view */
export function render({ issuer, read, policy, now }) {
  return [
    panel("Regions", {}, progress(issuer), edgeTable(issuer.edge, now, policy.propagation_bound_secs)),
    panel("Refused, by reason", {}, part(read.minutes, (minutes) =>
      plot("Refused requests by reason", Object.entries(minutes.refused), minutes.from, () => "", "Nothing was refused in the last hour.", 0))),
    panel("Accepted, by key", {}, part(read.minutes, (minutes) =>
      plot("Accepted tokens by key", Object.entries(minutes.by_kid), minutes.from, (kid) => standing(kid, issuer), "No token was accepted in the last hour.", GOOD))),
  ];
}

/** How far the current version has come. @param {any} issuer */
function progress({ edge, rotation }) {
  const live = edge.regions.filter((/** @type {any} */ region) => !region.stale);
  if (live.length === 0) return null;
  const there = live.filter((/** @type {any} */ region) => region.confirmed).length;
  const words = `${there} of ${live.length} ${live.length === 1 ? "region has" : "regions have"} confirmed version ${edge.version}.`;
  const whose = isUnderWay(rotation) && rotation.stage !== "retiring" ? ` It brings key ${short(rotation.new_kid)}.` : "";
  return element("div", { class: "confirmed" },
    element("progress", { max: live.length, value: there, "aria-label": "Regions that run the current version" }),
    element("p", {}, element("strong", {}, words), whose, edge.waiting_for.length > 0 ? ` Waiting for ${edge.waiting_for.join(", ")}.` : ""));
}

/**
 * A plot of the last hour and the table that says the same.
 *
 * @param {string} label @param {[string, number[]][]} series @param {string} from @param {(name: string) => string} meaning
 * @param {string} nothing @param {number} colour
 */
function plot(label, series, from, meaning, nothing, colour) {
  const sorted = series.filter(([, counts]) => total(counts) > 0).sort(([, a], [, b]) => total(b) - total(a));
  if (sorted.length === 0) return element("p", { class: "empty" }, nothing);
  const named = sorted.map(([name, counts]) => /** @type {[string, number[]]} */ ([abbreviated(name), counts]));
  return [
    stackedBars(label, named, from, colour),
    legend(named.map(([name, counts], index) => [name, `${count(total(counts))}  ${meaning(sorted[index][0])}`]), colour),
    element("details", {}, element("summary", {}, "The same as a table"),
      table(label, ["Which", "Last 5 minutes", "Last hour"], named.map(([name, counts]) =>
        [element("code", {}, name), count(total(counts.slice(-5))), count(total(counts))]))),
  ];
}

/** A kid is 43 characters long, and a code is not. @param {string} name */
const abbreviated = (name) => (name.length >= 43 ? short(name) : name);

/** @param {string} kid @param {any} issuer */
const standing = (kid, issuer) => (kid === issuer.active_kid ? "the active key" : "");

const COLUMNS = ["Region", "Runs version", "Instances", "Key set age", "Last report", "Accepted", "Refused"];

/** @param {any} edge @param {number} now @param {number | undefined} boundSecs */
function edgeTable(edge, now, boundSecs) {
  if (edge.regions.length === 0) return nobody(boundSecs);
  // What is behind comes first: it is what somebody looks for.
  const rank = (/** @type {any} */ region) => (region.stale ? 1 : region.confirmed ? 2 : 0);
  const regions = [...edge.regions].sort((a, b) => rank(a) - rank(b));
  const caption = "Regions of the edge and the key set version each runs";
  return atLength(caption, regions, (shown) => table(caption, COLUMNS, shown.map((region) => cells(region, now))));
}

/** @param {number | undefined} boundSecs */
function nobody(boundSecs) {
  const wait = boundSecs ? ` of ${duration(boundSecs)}` : "";
  return element(
    "p",
    { class: "empty" },
    `No region has reported yet. Until one does, a step counts as safe after the propagation bound${wait}.`,
  );
}

/** @param {any} region @param {number} now */
function cells(region, now) {
  return [
    element("code", {}, region.region),
    element("div", {}, `${region.version ?? "none"} `, verdict(region)),
    String(region.instances),
    duration(region.key_set_age_seconds),
    time(region.last_report_at, now),
    element("span", { class: "number" }, count(region.accepted)),
    refusals(region.refused),
  ];
}

/** @param {any} region */
function verdict(region) {
  const [state, word] = region.stale
    ? ["stale", "silent"]
    : region.confirmed ? ["confirmed", "confirmed"] : ["waiting", "behind"];
  return element("span", { class: "badge", "data-state": state }, word);
}

/** The total, and the commonest code: enough to see whether a rotation hurts. @param {Record<string, number>} refused */
function refusals(refused) {
  const codes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  const total = codes.reduce((sum, [, times]) => sum + times, 0);
  return element(
    "div",
    { class: "number" },
    count(total),
    codes.length > 0 && total > 0 ? element("span", { class: "soft" }, `mostly ${codes[0][0]}`) : null,
  );
}

/** @param {number} figure */
const count = (figure) => figure.toLocaleString("en-GB");
