// @ts-check
// What each region runs, and how long ago it said so.
import { element } from "./element.js";
import { duration, time } from "./instant.js";
import { table } from "./table.js";

const COLUMNS = ["Region", "Runs version", "Instances", "Key set age", "Last report", "Accepted", "Refused"];

/** @param {any} edge @param {number} now @param {number | undefined} boundSecs */
export function edgeTable(edge, now, boundSecs) {
  if (edge.regions.length === 0) return nobody(boundSecs);
  return table(
    "Regions of the edge and the key set version each runs",
    COLUMNS,
    edge.regions.map((/** @type {any} */ region) => cells(region, now)),
  );
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
