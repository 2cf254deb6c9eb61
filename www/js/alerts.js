// @ts-check
// What the server says is the matter, and what to do about it.
import { element, prose } from "./element.js";
import { time } from "./instant.js";
import { short } from "./key_name.js";
import { SINCE, rollBackTo } from "./texts/overview.js";
import { sentence } from "./texts/shared.js";

/** The alerts about this issuer, and about the server itself. @param {any} issuer @param {any} read */
export function concerning(issuer, read) {
  const alerts = Array.isArray(read?.alerts) ? read.alerts : [];
  return alerts.filter((/** @type {any} */ alert) => alert.issuer === null || alert.issuer === issuer.id);
}

/** @param {any[]} alerts @param {number} now @param {string | null} barrier */
export function alertList(alerts, now, barrier) {
  return element("ul", { class: "alerts" }, alerts.map((alert) =>
    element("li", { "data-severity": alert.severity },
      element("p", {}, element("span", { class: "badge", "data-state": alert.severity === "critical" ? "revoked" : "waiting" }, alert.severity), " ",
        element("strong", {}, prose(sentence(alert.summary)))),
      element("p", {}, prose(sentence(alert.help))),
      element("p", { class: "soft" }, element("code", {}, alert.kind), SINCE, time(alert.raised_at, now)),
      alert.rollback && element("div", { class: "actions" },
        element("button", { type: "button", class: "small", "data-action": "roll-back", "aria-disabled": barrier ? "true" : null, title: barrier },
          rollBackTo(short(alert.rollback.kid)))))));
}
