// @ts-check
// The three answers an operator looks for first: what signs, what is published, what the edge runs.
import { element } from "./element.js";
import { age } from "./instant.js";

/** @typedef {{issuer: any, keys: any[], now: number}} View */

/** @param {View} view */
export function summary({ issuer, keys, now }) {
  const active = keys.find((key) => key.state === "active");
  return [activeCard(active, now), publishedCard(issuer), edgeCard(issuer.edge)];
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

/** @param {any} issuer */
function publishedCard(issuer) {
  const { version, pushed_version: pushed, push } = issuer;
  const figure = `version ${version ?? "none"}`;
  if (!push.pending) return card("Published key set", figure, "Pushed to the edge store and read back.");
  return card(
    "Published key set",
    figure,
    element("span", { class: "badge", "data-state": "waiting" }, "push pending"),
    ` The edge store holds version ${pushed ?? "none"}.`,
    push.last_error ? ` Attempt ${push.attempts} failed: ${push.last_error}.` : "",
  );
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
