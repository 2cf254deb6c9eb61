// @ts-check
// The page for the worst day: what replacing the key at once would do, the one button for it, and how far it has come.
import * as api from "./api.js";
import { element } from "./element.js";
import { duration, moment, time } from "./instant.js";
import { keyLink, short } from "./key_name.js";
import { actionButton, panel, part } from "./part.js";
import { bound } from "./plan.js";
import { table } from "./table.js";
import * as texts from "./texts/emergency.js";
import { NONE, confirmed, missing, number } from "./texts/shared.js";

export const reads = { plan: api.emergencyPlan, latest: api.latestEmergency };

/** @param {import("./pages.js").View} view */
export function render({ issuer, read, now, barrier }) {
  return [
    issuer.emergency && panel(texts.UNDER_WAY, { class: "panel emergency" }, emergencyPanel(issuer.emergency, now)),
    panel(texts.LEAKED, { class: "panel emergency-door" },
      element("p", {}, texts.INTRODUCTION,
        element("a", { href: "/keys" }, texts.ROTATE_INSTEAD), texts.NOBODY_NOTICES),
      part(read.plan, (plan) => consequences(plan, now)),
      element("div", { class: "actions" }, actionButton("emergency", "danger", texts.BUTTON, barrier)),
      barrier && element("p", { class: "soft" }, barrier)),
    panel(texts.LAST, {}, part(read.latest, ({ emergency }) => lastOne(emergency, now))),
    panel(texts.BESIDES, {}, element("ul", {},
      element("li", {}, texts.TODO.findOut),
      element("li", {}, texts.TODO.backends),
      element("li", {}, texts.TODO.onlySome, element("a", { href: "/take-back" }, texts.TODO.takeBack), texts.TODO.keepKey))),
  ];
}

/** What it would do if it happened now. @param {any} plan @param {number} now */
function consequences(plan, now) {
  return [
    element("p", {}, texts.ifNow(plan.regions_reporting, bound(plan))),
    table(texts.CAPTION, texts.COLUMNS, plan.logged_out.map((/** @type {any} */ key) => [
      keyLink(key.kid),
      element("span", { class: "badge", "data-state": key.state }, key.state),
      number(key.seen_count),
      key.last_seen_at_edge ? time(key.last_seen_at_edge, now) : element("span", { class: "nothing" }, NONE),
    ])),
  ];
}

/** @param {any} emergency @param {number} now */
function lastOne(emergency, now) {
  if (!emergency) return element("p", { class: "empty" }, texts.THERE_WAS_NONE);
  const took = emergency.seconds_to_last_region;
  const secs = took === null || took === undefined ? texts.NOT_OVER : texts.tookSoLong(duration(took));
  return element("p", {}, texts.declared(moment(emergency.declared_at, now), keyLink(emergency.revoked_kid), keyLink(emergency.new_kid), secs));
}

/** @param {any} emergency @param {number} now */
export function emergencyPanel(emergency, now) {
  const { regions_confirmed: there, regions_reporting: all, waiting_for: lacking } = emergency;
  const since = duration((now - Date.parse(emergency.declared_at)) / 1000);
  const regions = all === 0 ? texts.NO_REGION : confirmed(there, all, emergency.version);
  return [
    element("progress", { max: Math.max(1, all), value: there, "aria-label": texts.PROGRESS }),
    element("p", {}, element("strong", {}, regions), missing(lacking)),
    element("p", { class: "soft" }, texts.revokedSince(short(emergency.revoked_kid), since, short(emergency.new_kid))),
  ];
}
