// @ts-check
// One key: its steps, its public half to copy, and what was done to it by whom.
import * as api from "./api.js";
import { element } from "./element.js";
import { fingerprint } from "./fingerprint.js";
import { duration, time } from "./instant.js";
import { copyButton, short } from "./key_name.js";
import { steps, wayOut, withWayBack } from "./key_steps.js";
import { empty, panel, part } from "./part.js";
import { table, written } from "./table.js";
import * as texts from "./texts/key.js";
import { NONE, copy, key as kind, number } from "./texts/shared.js";
import { timeline } from "./timeline.js";

const { FACTS, REFUSED } = texts;

/** So many entries of the log are looked through for those about one key. */
const LOOKED_THROUGH = 1000;

export const reads = {
  keys: api.keys,
  history: (/** @type {string} */ _, /** @type {string} */ kid) =>
    api.audit(LOOKED_THROUGH).then(({ entries }) => entries.filter((/** @type {any} */ entry) => isAbout(entry, kid))),
  print: async (/** @type {string} */ id, /** @type {string} */ kid) => {
    const key = (await api.keys(id)).find((/** @type {any} */ one) => one.kid === kid);
    return key && fingerprint(key.public_pem).catch((error) => error.message);
  },
};

/** @param {import("./pages.js").View} view */
export function render({ read, now, barrier, kid }) {
  return part(read.keys, (keys) => {
    const key = withWayBack(keys).find((one) => one.kid === kid);
    if (!key) return empty(texts.noSuchKey(short(kid)), element("a", { href: "/keys" }, texts.ALL_KEYS));
    return [
      element("p", {}, element("a", { href: "/keys" }, texts.ALL_KEYS)),
      panel(texts.STATE, {},
        element("div", { class: "rotation-now at-top" }, facts(key, now), element("div", {}, steps(key, now, barrier))),
        timeline([key], now)),
      panel(texts.REFUSED_TITLE, {}, refused(key.refused ?? {})),
      panel(texts.PUBLIC_HALF, {}, publicHalf(key, read.print)),
      panel(texts.HISTORY, {}, part(read.history, (entries) => history(entries, now))),
      throwingOut(key, barrier),
    ];
  });
}

/** @param {any} key @param {string | null} barrier */
function throwingOut(key, barrier) {
  const way = wayOut(key, barrier);
  return way && panel(texts.THROW_OUT, { class: "panel emergency-door" }, way);
}

/** @param {any} key @param {number} now */
function facts(key, now) {
  const when = (/** @type {string} */ name, /** @type {string | null} */ at) => (at ? fact(name, time(at, now)) : []);
  return element("dl", { class: "facts" },
    fact(FACTS.state, element("span", { class: "badge", "data-state": key.state }, key.state)),
    fact(FACTS.kind, kind(key.bits, key.source)),
    fact(FACTS.privateHalf, key.has_private_key ? FACTS.here : FACTS.notHere),
    fact(FACTS.longestLife, duration(key.longest_token_lifetime_secs)),
    fact(FACTS.seen, number(key.seen_count)),
    when(FACTS.lastSeen, key.last_seen_at_edge),
    when(FACTS.made, key.created_at),
    when(FACTS.published, key.published_at),
    when(FACTS.confirmed, key.confirmed_at),
    when(FACTS.signing, key.activated_at),
    when(FACTS.superseded, key.superseded_at),
    when(FACTS.safeToRemove, key.state === "retiring" ? key.safe_to_remove_at : null),
    when(FACTS.retired, key.retired_at),
    when(FACTS.revoked, key.revoked_at),
    key.reason ? fact(FACTS.why, key.reason) : []);
}

/** Who still tries it, and with what. @param {Record<string, number>} codes */
function refused(codes) {
  const rows = Object.entries(codes).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return empty(REFUSED.none);
  return [
    element("p", { class: "soft" }, REFUSED.introduction),
    table(REFUSED.caption, REFUSED.columns, rows.map(([code, times]) =>
      [element("code", {}, code), number(times)])),
  ];
}

/** @param {string} name @param {import("./element.js").Child} value */
const fact = (name, value) => [element("dt", {}, name), element("dd", {}, value)];

/** @param {any} key @param {any} print */
function publicHalf(key, print) {
  const jwk = JSON.stringify(key.public_jwk, null, 2);
  return [
    element("dl", { class: "facts" },
      fact(FACTS.kid, element("span", {}, element("code", {}, key.kid), copyButton("kid", key.kid))),
      fact(FACTS.print, part(print, (text) => element("code", {}, text)))),
    shown("JWK", jwk),
    shown("PEM", key.public_pem),
  ];
}

/** @param {string} name @param {string} text */
function shown(name, text) {
  return element("details", {}, element("summary", {}, name), copyButton(name, text, copy(name)),
    element("pre", { tabindex: "0", "aria-label": name }, text));
}

/** Entries about a key name it as their subject, or as the old or new one of a rotation. @param {any} entry @param {string} kid */
function isAbout(entry, kid) {
  return entry.subject === kid || JSON.stringify([entry.before, entry.after]).includes(kid);
}

/** @param {any[]} entries @param {number} now */
function history(entries, now) {
  if (entries.length === 0) return empty(texts.NO_HISTORY);
  return table(texts.CAPTION, texts.COLUMNS, entries.map((entry) => [
    time(entry.at, now), entry.actor, entry.action, entry.reason ? written(entry.reason) : element("span", { class: "nothing" }, NONE), texts.entry(entry.seq),
  ]));
}
