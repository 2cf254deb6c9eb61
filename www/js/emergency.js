// @ts-check
// An emergency under way: how many regions have the answer, and which do not.
import { element } from "./element.js";
import { duration } from "./instant.js";
import { short } from "./summary.js";

/** @param {any} emergency @param {number} now */
export function emergencyPanel(emergency, now) {
  const { regions_confirmed: there, regions_reporting: all, waiting_for: missing } = emergency;
  const since = duration((now - Date.parse(emergency.declared_at)) / 1000);
  const regions = all === 0
    ? "No region reports; the propagation bound decides when the old key is believed nowhere."
    : `${there} of ${all} ${all === 1 ? "region has" : "regions have"} confirmed version ${emergency.version}.`;
  return [
    element("progress", { max: Math.max(1, all), value: there, "aria-label": "Regions that have confirmed" }),
    element("p", {}, element("strong", {}, regions), missing.length > 0 ? ` Missing: ${missing.join(", ")}.` : ""),
    element("p", { class: "soft" },
      `Key ${short(emergency.revoked_kid)} was revoked ${since} ago; key ${short(emergency.new_kid)} signs. `,
      "The audit log will say how long it took."),
  ];
}
