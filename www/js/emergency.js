// @ts-check
// The page for the worst day: what replacing the key at once would do, the one button for it, and how far it has come.
import * as api from "./api.js";
import { element } from "./element.js";
import { duration, moment, time } from "./instant.js";
import { keyLink, short } from "./key_name.js";
import { actionButton, panel, part } from "./part.js";
import { bound } from "./plan.js";
import { table } from "./table.js";

export const reads = { plan: api.emergencyPlan, latest: api.latestEmergency };

/** @param {import("./pages.js").View} view */
export function render({ issuer, read, now, barrier }) {
  return [
    issuer.emergency && panel("Emergency under way", { class: "panel emergency" }, emergencyPanel(issuer.emergency, now)),
    panel("A key has leaked", { class: "panel emergency-door" },
      element("p", {}, "Replaces the active key at once, revokes it for good, and signs everybody out. For a key that nobody else has, ",
        element("a", { href: "/keys" }, "rotate instead"), ": then nobody notices."),
      part(read.plan, (plan) => consequences(plan, now)),
      element("div", { class: "actions" }, actionButton("emergency", "danger", "Emergency…", barrier)),
      barrier && element("p", { class: "soft" }, barrier)),
    panel("The last emergency", {}, part(read.latest, ({ emergency }) => lastOne(emergency, now))),
    panel("What to do besides", {}, element("ul", {},
      element("li", {}, "Find out how the key got out, before the new one goes the same way."),
      element("li", {}, "A backend that signs by itself needs the new private key; until then its tokens are refused."),
      element("li", {}, "Only some people or sessions are concerned? ", element("a", { href: "/take-back" }, "Take back their tokens"), " and keep the key."))),
  ];
}

/** What it would do if it happened now. @param {any} plan @param {number} now */
function consequences(plan, now) {
  return [
    element("p", {}, "If you did it now: every token that was issued until now is refused; ",
      plan.regions_reporting === 0 ? "no region reports, so that nobody can say when it is over; " : `${plan.regions_reporting} ${plan.regions_reporting === 1 ? "region is" : "regions are"} waited for; `,
      `an edge that does not report stops believing the old key within ${bound(plan)}.`),
    table("Whose holders would be signed out", ["Key", "State", "Tokens seen at the edge", "Last seen"], plan.logged_out.map((/** @type {any} */ key) => [
      keyLink(key.kid),
      element("span", { class: "badge", "data-state": key.state }, key.state),
      key.seen_count.toLocaleString("en-GB"),
      key.last_seen_at_edge ? time(key.last_seen_at_edge, now) : element("span", { class: "nothing" }, "–"),
    ])),
  ];
}

/** @param {any} emergency @param {number} now */
function lastOne(emergency, now) {
  if (!emergency) return element("p", { class: "empty" }, "There has been none.");
  const took = emergency.seconds_to_last_region;
  const secs = took === null || took === undefined ? "It is not over yet." : `The last region had it ${duration(took)} after the command.`;
  return element("p", {}, `Declared at ${moment(emergency.declared_at, now)}: key `, keyLink(emergency.revoked_kid), " was revoked, key ",
    keyLink(emergency.new_kid), ` has signed since. ${secs}`);
}

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
