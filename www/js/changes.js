// @ts-check
// The latest entries of the audit log.
import { element } from "./element.js";
import { duration, time } from "./instant.js";
import { table, written } from "./table.js";
import { CHANGES } from "./texts/overview.js";
import { NONE } from "./texts/shared.js";

/** @param {any[]} entries @param {number} now */
export function changeTable(entries, now) {
  if (entries.length === 0) return element("p", { class: "empty" }, CHANGES.none);
  return table(CHANGES.caption, CHANGES.columns, entries.map((entry) => [
    time(entry.at, now),
    entry.actor,
    element("div", {}, entry.action, element("span", { class: "soft" }, abbreviated(entry.subject))),
    (entry.reason && written(entry.reason)) ?? figures(entry.after) ?? element("span", { class: "nothing" }, NONE),
  ]));
}

/** The figure that an incident report wants. @param {any} after */
function figures(after) {
  const secs = after?.seconds_to_last_region;
  return Number.isInteger(secs) ? CHANGES.toLastRegion(duration(secs)) : null;
}

/** A subject may be a 43-character kid. @param {string | null} subject */
function abbreviated(subject) {
  return !subject ? "" : subject.length > 24 ? `${subject.slice(0, 8)}…` : subject;
}
