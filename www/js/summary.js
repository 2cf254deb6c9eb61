// @ts-check
// The three answers an operator looks for first: what signs, what is published, what the edge runs.
import { element } from "./element.js";
import { age, duration } from "./instant.js";

/** @typedef {{issuer: any, policy: any, keys: any[], now: number}} View */

/** @param {View} view */
export function summary({ issuer, policy, keys, now }) {
  const active = keys.find((key) => key.state === "active");
  return [activeCard(active, now), publishedCard(issuer, now), edgeCard(issuer.edge), scheduleCard(issuer, policy, now)];
}

/** The first eight characters name a key well enough for a person. @param {string} kid */
export function short(kid) {
  return kid.slice(0, 8);
}

/** @param {any} key @param {number} now */
function activeCard(key, now) {
  if (!key) return card("Active key", "none", "No key signs. Create one and activate it.");
  const since = key.activated_at ?? key.created_at;
  return card(
    "Active key",
    element("code", { title: key.kid }, short(key.kid)),
    element("span", { class: "strong" }, `Signing for ${age(since, now)}`),
    ` · RSA ${key.bits} · ${key.source}`,
  );
}

/** @param {any} issuer @param {number} now */
function publishedCard(issuer, now) {
  const { version, pushed_version: pushed, push } = issuer;
  const figure = `version ${version ?? "none"}`;
  if (!push.pending) return card("Published key set", figure, "Pushed to the edge store and read back.", seenIntact(issuer.store, now));
  return card(
    "Published key set",
    figure,
    element("span", { class: "badge", "data-state": "waiting" }, "push pending"),
    ` The edge store holds version ${pushed ?? "none"}.`,
    push.last_error ? ` Attempt ${push.attempts} failed: ${push.last_error}.` : "",
  );
}

/** @param {any} store @param {number} now */
function seenIntact(store, now) {
  if (!store?.intact_at) return "";
  const times = store.disturbances === 1 ? "once" : `${store.disturbances} times`;
  const changed = store.disturbances > 0 ? ` Changed by others ${times} so far.` : "";
  return ` Seen there ${age(store.intact_at, now)} ago.${changed}`;
}

/** @param {any} issuer @param {any} policy @param {number} now */
function scheduleCard(issuer, policy, now) {
  const next = issuer.next_rotation_at;
  if (!policy) return null;
  const kept = policy.retired_key_sealed_days;
  const sealed = kept > 0 ? ` Retired keys are kept sealed for ${kept} ${kept === 1 ? "day" : "days"}.` : "";
  if (policy.rotation_interval_days === 0) return card("Next rotation", "by hand", `No schedule is set.${sealed}`);
  const window = policy.rotation_window === "always" ? "at any hour" : `within ${policy.rotation_window}`;
  const words = `Every ${policy.rotation_interval_days} days, ${window}.${sealed}`;
  return card("Next rotation", next ? `in ${duration((Date.parse(next) - now) / 1000)}` : "under way", words);
}

/** @param {any} edge */
function edgeCard(edge) {
  const regions = edge.regions.filter((/** @type {any} */ region) => !region.stale);
  if (regions.length === 0) {
    return card("Edge", "no reports", "No region reported lately; the propagation bound decides what is safe.");
  }
  const there = regions.filter((/** @type {any} */ region) => region.confirmed).length;
  return card(
    "Edge",
    `${there} of ${regions.length} ${regions.length === 1 ? "region" : "regions"}`,
    edge.confirmed ? `Every region runs version ${edge.version}.` : `Waiting for ${edge.waiting_for.join(", ")}.`,
  );
}

/** @param {string} title @param {Node | string} figure @param {...(Node | string)} words */
function card(title, figure, ...words) {
  return element(
    "div",
    { class: "card" },
    element("h2", {}, title),
    element("p", { class: "figure" }, figure),
    element("p", {}, words),
  );
}
