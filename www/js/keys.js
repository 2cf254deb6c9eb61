// @ts-check
// The keys: their lives as a picture, and as a table that says the same and has the button for each step.
import * as api from "./api.js";
import { element } from "./element.js";
import { age, time } from "./instant.js";
import { copyButton, keyLink, short } from "./key_name.js";
import { GONE, isPast, steps, withWayBack } from "./key_steps.js";
import { atLength, panel, part } from "./part.js";
import { heading } from "./overview.js";
import { isUnderWay, rotationPanel } from "./rotation.js";
import { table } from "./table.js";
import * as texts from "./texts/keys.js";
import { ROTATION_UNDER_WAY } from "./texts/overview.js";
import { NEVER, NONE, key as kind, number } from "./texts/shared.js";
import { timeline } from "./timeline.js";

export { heading };

export const reads = { keys: api.keys };

/** @param {import("./pages.js").View} view */
export function render({ issuer, read, now, barrier }) {
  return [
    isUnderWay(issuer.rotation) && panel(ROTATION_UNDER_WAY, {},
      part(read.keys, (keys) => rotationPanel(issuer.rotation, keys, issuer.edge, now, barrier))),
    panel(texts.LIVES, {}, part(read.keys, (keys) => timeline(keys, now))),
    panel(texts.ALL_KEYS, {}, part(read.keys, (keys) => keyTable(keys, now, barrier))),
  ];
}

const ORDER = ["active", "pending", "retiring", "revoked", "retired"];

/** @param {any[]} keys @param {number} now @param {string | null} barrier why this person may change nothing */
function keyTable(keys, now, barrier) {
  if (keys.length === 0) return element("p", { class: "empty" }, texts.NO_KEY);
  const sorted = withWayBack(keys).sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return atLength(texts.CAPTION, sorted, (shown) =>
    table(texts.CAPTION, texts.COLUMNS, shown.map((key) => cells(key, now, barrier))));
}

/** @param {any} key @param {number} now @param {string | null} barrier */
function cells(key, now, barrier) {
  return [
    name(key),
    state(key),
    element("span", { class: "nowrap" }, age(key.created_at, now)),
    safeToActivate(key, now),
    safeToRemove(key, now),
    lastSeen(key, now),
    steps(key, now, barrier),
  ];
}

/** @param {any} key */
function name(key) {
  return element(
    "div",
    {},
    element("span", { class: "nowrap" },
      keyLink(key.kid),
      copyButton(texts.kidOf(short(key.kid)), key.kid, texts.COPY_KID)),
    element("span", { class: "soft" }, kind(key.bits, key.source)),
  );
}

/** @param {any} key @param {number} now */
function lastSeen(key, now) {
  if (!key.last_seen_at_edge) return soft(NEVER);
  return element("div", {}, time(key.last_seen_at_edge, now), soft(texts.tokens(key.seen_count, number(key.seen_count))));
}

/** @param {any} key */
function state(key) {
  return element(
    "div",
    {},
    element("span", { class: "badge", "data-state": key.state }, key.state),
    key.reason && GONE.includes(key.state) ? soft(key.reason) : null,
  );
}

/** @param {any} key @param {number} now */
function safeToActivate(key, now) {
  if (key.state === "active") return soft(texts.SIGNING_NOW);
  if (key.state !== "pending") return nothing();
  if (key.safe_to_activate?.ok) return element("strong", {}, texts.NOW);
  return key.safe_to_activate_at ? time(key.safe_to_activate_at, now) : soft(texts.ONCE_CONFIRMED);
}

/** @param {any} key @param {number} now */
function safeToRemove(key, now) {
  if (key.retired_at) return element("div", {}, texts.REMOVED, time(key.retired_at, now), kept(key, now));
  if (key.revoked_at) return element("div", {}, texts.REVOKED, time(key.revoked_at, now));
  if (key.state === "active") return soft(texts.ONCE_REPLACED);
  if (!key.safe_to_remove_at) return nothing();
  return isPast(key.safe_to_remove_at, now) ? element("strong", {}, texts.NOW) : time(key.safe_to_remove_at, now);
}

/** What a rollback needs of a key that has left. @param {any} key @param {number} now */
function kept(key, now) {
  if (!key.sealed_until) return null;
  return element("span", { class: "soft" }, texts.SEALED_UNTIL, time(key.sealed_until, now));
}

/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
const nothing = () => element("span", { class: "nothing" }, NONE);
