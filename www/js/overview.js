// @ts-check
// The first page: whether all is well, what signs, what comes next, and what the edge runs and refuses.
import * as api from "./api.js";
import { alertList, concerning } from "./alerts.js";
import { changeTable } from "./changes.js";
import { element } from "./element.js";
import { emergencyPanel } from "./emergency.js";
import { age, day, duration, moment } from "./instant.js";
import { keyLink, short } from "./key_name.js";
import { actionButton, panel, part } from "./part.js";
import { legend, stackedBars, total } from "./plots.js";
import { isUnderWay, rotationPanel } from "./rotation.js";

/** @typedef {import("./pages.js").View} View */

export const reads = {
  keys: api.keys,
  minutes: api.minutes,
  alerts: api.alerts,
  changes: () => api.audit(6).then(({ entries }) => entries).catch(notForThisRole),
};

/** A role that may not read the log sees a page without it. @param {Error} error */
function notForThisRole(error) {
  if (error instanceof api.Refusal && error.status === 403) return null;
  throw error;
}

/** @param {View} view */
export function heading({ issuer, read, now, barrier }) {
  const why = barrier ?? busy(issuer.rotation, read.keys, now);
  return [
    why && element("span", { class: "soft", id: "why-not-rotate" }, why),
    actionButton("rotate", "primary", "Rotate…", why),
  ];
}

/** Why no rotation can be started now, and until when. @param {any} rotation @param {any} keys @param {number} now */
function busy(rotation, keys, now) {
  if (!isUnderWay(rotation) || rotation.stage === "retiring") return null;
  const until = `A rotation is under way, until key ${short(rotation.new_kid)} signs`;
  if (rotation.paused_at) return `${until}: it is paused.`;
  const newer = Array.isArray(keys) ? keys.find(({ kid }) => kid === rotation.new_kid) : null;
  const at = newer?.safe_to_activate_at;
  return `${until}${at && Date.parse(at) > now ? `: safe at ${moment(at, now)}` : ""}.`;
}

/** @param {View} view */
export function render(view) {
  const { issuer, read, now, barrier, settings } = view;
  const alerts = concerning(issuer, read.alerts);
  return [
    element("p", { class: "soft issuer-name" }, `Keys of ${settings.issuer}`),
    part(read.alerts, () => verdict(view, alerts)),
    alerts.length > 0 && panel("Alerts", {}, alertList(alerts, now, barrier)),
    issuer.emergency && panel("Emergency under way", { class: "panel emergency" }, emergencyPanel(issuer.emergency, now)),
    isUnderWay(issuer.rotation) && panel("Rotation under way", { class: "panel rotation" },
      part(read.keys, (keys) => rotationPanel(issuer.rotation, keys, issuer.edge, now, barrier))),
    element("div", { class: "cards" }, keyCard(view), nextCard(view), edgeCard(view), publishedCard(issuer, now)),
    panel("Refused at the edge, the last hour", {}, part(read.minutes, refusalPlot)),
    read.changes === null ? null : panel("Latest changes", {}, part(read.changes, (entries) => changeTable(entries, now))),
  ];
}

/** The page in one sentence. @param {View} view @param {any[]} alerts */
function verdict({ issuer }, alerts) {
  const [tone, words] = alerts.length > 0
    ? [alerts.some(({ severity }) => severity === "critical") ? "danger" : "warning", alerts.length === 1 ? "One thing needs you." : `${alerts.length} things need you.`]
    : issuer.emergency
      ? ["danger", "An emergency is under way: the old key is being thrown out at the edge."]
      : isUnderWay(issuer.rotation) && issuer.rotation.stage !== "retiring"
        ? ["busy", "The key is being turned. Nobody is signed out, and nothing needs you."]
        : ["good", "All is well. Nothing needs you."];
  return element("section", { class: "verdict", "data-tone": tone, "aria-label": "State" },
    element("p", { class: "verdict-words" }, words));
}

/** @param {View} view */
function keyCard({ issuer, read, policy, now }) {
  return card("Active key", keyLink(issuer.active_kid), part(read.keys, (keys) => {
    const key = keys.find((/** @type {any} */ one) => one.kid === issuer.active_kid);
    if (!key) return null;
    const since = key.activated_at ?? key.created_at;
    const days = policy.rotation_interval_days;
    const signing = element("p", {}, element("strong", {}, `Signing for ${age(since, now)}`), ` · RSA ${key.bits} · ${key.source}`);
    if (days === 0) return [signing, element("p", {}, "It is turned by hand: no interval is set.")];
    const old = (now - Date.parse(since)) / 86_400_000;
    return [
      element("meter", { min: 0, max: days, high: days * 0.95, optimum: 0, value: Math.min(old, days).toFixed(3), "aria-label": "Age against the policy" }),
      signing,
      element("p", {}, `Its policy is ${days} days${old > days ? `: it is ${duration((old - days) * 86_400)} over` : ""}.`),
    ];
  }));
}

/** The next thing that happens by itself, or that somebody has to do. @param {View} view */
function nextCard({ issuer, read, policy, now }) {
  const { rotation, next_rotation_at: next } = issuer;
  const keys = Array.isArray(read.keys) ? read.keys : [];
  if (isUnderWay(rotation)) {
    const [figure, words] = rotationStep(rotation, keys, now);
    return card("Next step", figure, element("p", {}, words));
  }
  if (!next) return card("Next step", "by hand", element("p", {}, "No schedule is set: rotate when you want to."));
  const window = policy.rotation_window === "always" ? "at any hour" : `within ${policy.rotation_window}`;
  return card("Next step", `in ${duration((Date.parse(next) - now) / 1000)}`,
    element("p", {}, "The server turns the key by itself: ", element("strong", {}, day(next)), "."),
    element("p", {}, `Every ${policy.rotation_interval_days} days, ${window}.`));
}

/** @param {any} rotation @param {any[]} keys @param {number} now */
function rotationStep(rotation, keys, now) {
  const [newer, older] = [rotation.new_kid, rotation.old_kid].map((kid) => keys.find((key) => key.kid === kid));
  const [at, words] = rotation.stage === "retiring"
    ? [older?.safe_to_remove_at, `Key ${short(rotation.old_kid)} leaves, when its last token has expired.`]
    : [newer?.safe_to_activate_at, `Key ${short(rotation.new_kid)} starts to sign, as soon as every region has it.`];
  if (rotation.paused_at) return ["paused", "The rotation waits for you to resume it."];
  const secs = at ? (Date.parse(at) - now) / 1000 : 0;
  return [secs > 0 ? `in ${duration(secs)}` : "any moment", words];
}

/** @param {View} view */
function edgeCard({ issuer: { edge }, policy }) {
  const live = edge.regions.filter((/** @type {any} */ region) => !region.stale);
  if (live.length === 0) {
    return card("Edge", "no reports",
      element("p", {}, `No region reported lately; ${duration(policy.propagation_bound_secs)} after a change it counts as known.`));
  }
  const there = live.filter((/** @type {any} */ region) => region.confirmed).length;
  const oldest = Math.max(...live.map((/** @type {any} */ region) => region.key_set_age_seconds));
  return card("Edge", `${there} of ${live.length} ${live.length === 1 ? "region" : "regions"}`,
    element("progress", { max: live.length, value: there, "aria-label": "Regions that run the current version" }),
    element("p", {}, edge.confirmed ? `Every region runs version ${edge.version}.` : `Waiting for ${edge.waiting_for.join(", ")}.`),
    element("p", {}, `The oldest key set there was ${duration(oldest)} old.`));
}

/** @param {any} issuer @param {number} now */
function publishedCard({ version, pushed_version: pushed, push, store }, now) {
  const figure = `version ${version ?? "none"}`;
  if (push.pending) {
    return card("Published key set", figure,
      element("p", {}, element("span", { class: "badge", "data-state": "waiting" }, "push pending"),
        ` The edge store holds version ${pushed ?? "none"}.`, push.last_error ? ` Attempt ${push.attempts} failed: ${push.last_error}.` : ""));
  }
  const times = store?.disturbances === 1 ? "once" : `${store?.disturbances} times`;
  return card("Published key set", figure,
    element("p", {}, "Pushed to the edge store and read back."),
    store?.intact_at && element("p", {}, `Seen there ${age(store.intact_at, now)} ago.`,
      store.disturbances > 0 ? ` Changed by others ${times} so far, ${moment(store.disturbed_at, now)} the last time.` : ""));
}

/** @param {any} minutes */
function refusalPlot(minutes) {
  const series = Object.entries(minutes.refused).sort(([, a], [, b]) => total(b) - total(a));
  const refused = series.reduce((sum, [, counts]) => sum + total(counts), 0);
  const accepted = total(minutes.accepted);
  const words = `${refused.toLocaleString("en-GB")} refused, ${accepted.toLocaleString("en-GB")} accepted`;
  return [
    element("p", { class: "plot-figure" }, element("strong", {}, words)),
    refused > 0 ? stackedBars("Refused requests, minute by minute", series, minutes.from) : null,
    refused > 0
      ? legend(series.map(([code, counts]) => [code, total(counts).toLocaleString("en-GB")]))
      : element("p", { class: "soft" }, "Nothing was refused."),
  ];
}

/** @param {string} title @param {import("./element.js").Child} figure @param {...(import("./element.js").Child | import("./element.js").Child[])} body */
function card(title, figure, ...body) {
  return element("section", { class: "card", "aria-label": title },
    element("h2", {}, title), element("p", { class: "figure" }, figure), ...body);
}
