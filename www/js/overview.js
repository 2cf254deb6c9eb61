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
import * as texts from "./texts/overview.js";
import { REGIONS_AT_VERSION, number, waitingFor } from "./texts/shared.js";
import { ahead } from "./texts/time.js";

const { ACTIVE_KEY, BUSY, EDGE, NEXT, PUBLISHED, VERDICT } = texts;

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
    actionButton("rotate", "primary", texts.ROTATE, why),
  ];
}

/** Why no rotation can be started now, and until when. @param {any} rotation @param {any} keys @param {number} now */
function busy(rotation, keys, now) {
  if (!isUnderWay(rotation) || rotation.stage === "retiring") return null;
  const until = BUSY.until(short(rotation.new_kid));
  if (rotation.paused_at) return BUSY.paused(until);
  const newer = Array.isArray(keys) ? keys.find(({ kid }) => kid === rotation.new_kid) : null;
  const at = newer?.safe_to_activate_at;
  return at && Date.parse(at) > now ? BUSY.safeAt(until, moment(at, now)) : BUSY.open(until);
}

/** @param {View} view */
export function render(view) {
  const { issuer, read, now, barrier, settings } = view;
  const alerts = concerning(issuer, read.alerts);
  return [
    element("p", { class: "soft issuer-name" }, texts.keysOf(settings.issuer)),
    part(read.alerts, () => verdict(view, alerts)),
    alerts.length > 0 && panel(texts.ALERTS, {}, alertList(alerts, now, barrier)),
    issuer.emergency && panel(texts.EMERGENCY_UNDER_WAY, { class: "panel emergency" }, emergencyPanel(issuer.emergency, now)),
    isUnderWay(issuer.rotation) && panel(texts.ROTATION_UNDER_WAY, {},
      part(read.keys, (keys) => rotationPanel(issuer.rotation, keys, issuer.edge, now, barrier))),
    element("div", { class: "cards" }, keyCard(view), nextCard(view), edgeCard(view), publishedCard(issuer, now)),
    panel(texts.REFUSED, {}, part(read.minutes, refusalPlot)),
    read.changes === null ? null : panel(texts.LATEST_CHANGES, {}, part(read.changes, (entries) => changeTable(entries, now))),
  ];
}

/** The page in one sentence. @param {View} view @param {any[]} alerts */
function verdict({ issuer }, alerts) {
  const [tone, words] = alerts.length > 0
    ? [alerts.some(({ severity }) => severity === "critical") ? "danger" : "warning", VERDICT.alerts(alerts.length)]
    : issuer.emergency
      ? ["danger", VERDICT.emergency]
      : isUnderWay(issuer.rotation) && issuer.rotation.stage !== "retiring"
        ? ["busy", VERDICT.rotation]
        : ["good", VERDICT.good];
  return element("section", { class: "verdict", "data-tone": tone, "aria-label": VERDICT.label },
    element("p", { class: "verdict-words" }, words));
}

/** @param {View} view */
function keyCard({ issuer, read, policy, now }) {
  return card(ACTIVE_KEY.title, keyLink(issuer.active_kid), part(read.keys, (keys) => {
    const key = keys.find((/** @type {any} */ one) => one.kid === issuer.active_kid);
    if (!key) return null;
    const since = key.activated_at ?? key.created_at;
    const days = policy.rotation_interval_days;
    const signing = element("p", {}, element("strong", {}, ACTIVE_KEY.signingFor(age(since, now))), ACTIVE_KEY.kind(key.bits, key.source));
    if (days === 0) return [signing, element("p", {}, ACTIVE_KEY.byHand)];
    const old = (now - Date.parse(since)) / 86_400_000;
    return [
      element("meter", { min: 0, max: days, high: days * 0.95, optimum: 0, value: Math.min(old, days).toFixed(3), "aria-label": ACTIVE_KEY.meter }),
      signing,
      element("p", {}, old > days ? ACTIVE_KEY.over(days, duration((old - days) * 86_400)) : ACTIVE_KEY.policy(days)),
    ];
  }));
}

/** The next thing that happens by itself, or that somebody has to do. @param {View} view */
function nextCard({ issuer, read, policy, now }) {
  const { rotation, next_rotation_at: next } = issuer;
  const keys = Array.isArray(read.keys) ? read.keys : [];
  if (isUnderWay(rotation)) {
    const [figure, words] = rotationStep(rotation, keys, now);
    return card(NEXT.title, figure, element("p", {}, words));
  }
  if (!next) return card(NEXT.title, NEXT.byHand, element("p", {}, NEXT.noSchedule));
  const window = policy.rotation_window === "always" ? NEXT.atAnyHour : NEXT.within(policy.rotation_window);
  return card(NEXT.title, ahead(duration((Date.parse(next) - now) / 1000)),
    element("p", {}, NEXT.byItself, element("strong", {}, day(next)), "."),
    element("p", {}, NEXT.every(policy.rotation_interval_days, window)));
}

/** @param {any} rotation @param {any[]} keys @param {number} now */
function rotationStep(rotation, keys, now) {
  const [newer, older] = [rotation.new_kid, rotation.old_kid].map((kid) => keys.find((key) => key.kid === kid));
  const [at, words] = rotation.stage === "retiring"
    ? [older?.safe_to_remove_at, NEXT.leaves(short(rotation.old_kid))]
    : [newer?.safe_to_activate_at, NEXT.signs(short(rotation.new_kid))];
  if (rotation.paused_at) return [NEXT.paused, NEXT.waitsForYou];
  const secs = at ? (Date.parse(at) - now) / 1000 : 0;
  return [secs > 0 ? ahead(duration(secs)) : NEXT.anyMoment, words];
}

/** @param {View} view */
function edgeCard({ issuer: { edge }, policy }) {
  const live = edge.regions.filter((/** @type {any} */ region) => !region.stale);
  if (live.length === 0) {
    return card(EDGE.title, EDGE.noReports, element("p", {}, EDGE.silent(duration(policy.propagation_bound_secs))));
  }
  const there = live.filter((/** @type {any} */ region) => region.confirmed).length;
  const oldest = Math.max(...live.map((/** @type {any} */ region) => region.key_set_age_seconds));
  return card(EDGE.title, EDGE.there(there, live.length),
    element("progress", { max: live.length, value: there, "aria-label": REGIONS_AT_VERSION }),
    element("p", {}, edge.confirmed ? EDGE.every(edge.version) : waitingFor(edge.waiting_for)),
    element("p", {}, EDGE.oldest(duration(oldest))));
}

/** @param {any} issuer @param {number} now */
function publishedCard({ version, pushed_version: pushed, push, store }, now) {
  const figure = PUBLISHED.version(version);
  if (push.pending) {
    return card(PUBLISHED.title, figure,
      element("p", {}, element("span", { class: "badge", "data-state": "waiting" }, PUBLISHED.pending),
        PUBLISHED.holds(pushed), push.last_error ? PUBLISHED.failed(push.attempts, push.last_error) : ""));
  }
  return card(PUBLISHED.title, figure,
    element("p", {}, PUBLISHED.pushed),
    store?.intact_at && element("p", {}, PUBLISHED.seen(age(store.intact_at, now)),
      store.disturbances > 0 ? PUBLISHED.disturbed(store.disturbances, moment(store.disturbed_at, now)) : ""));
}

/** @param {any} minutes */
function refusalPlot(minutes) {
  const series = Object.entries(minutes.refused).sort(([, a], [, b]) => total(b) - total(a));
  const refused = series.reduce((sum, [, counts]) => sum + total(counts), 0);
  const accepted = total(minutes.accepted);
  const words = texts.refusedAndAccepted(number(refused), number(accepted));
  return [
    element("p", { class: "plot-figure" }, element("strong", {}, words)),
    refused > 0 ? stackedBars(texts.REFUSED_PLOT, series, minutes.from) : null,
    refused > 0
      ? legend(series.map(([code, counts]) => [code, number(total(counts))]))
      : element("p", { class: "soft" }, texts.NOTHING_REFUSED),
  ];
}

/** @param {string} title @param {import("./element.js").Child} figure @param {...(import("./element.js").Child | import("./element.js").Child[])} body */
function card(title, figure, ...body) {
  return element("section", { class: "card", "aria-label": title },
    element("h2", {}, title), element("p", { class: "figure" }, figure), ...body);
}
