// @ts-check
// One key: its steps, its public half to copy, and what was done to it by whom.
import * as api from "./api.js";
import { element } from "./element.js";
import { fingerprint } from "./fingerprint.js";
import { duration, time } from "./instant.js";
import { copyButton, short } from "./key_name.js";
import { steps, wayOut, withWayBack } from "./key_steps.js";
import { empty, panel, part } from "./part.js";
import { table } from "./table.js";
import { timeline } from "./timeline.js";

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
    if (!key) return empty(`This issuer has no key ${short(kid)}. `, element("a", { href: "/keys" }, "All keys"));
    return [
      element("p", {}, element("a", { href: "/keys" }, "All keys")),
      panel("State", {},
        element("div", { class: "rotation-now at-top" }, facts(key, now), element("div", {}, steps(key, now, barrier))),
        timeline([key], now)),
      panel("Public half", {}, publicHalf(key, read.print)),
      panel("History", {}, part(read.history, (entries) => history(entries, now))),
      throwingOut(key, barrier),
    ];
  });
}

/** @param {any} key @param {string | null} barrier */
function throwingOut(key, barrier) {
  const way = wayOut(key, barrier);
  return way && panel("Throw this key out", { class: "panel emergency-door" }, way);
}

/** @param {any} key @param {number} now */
function facts(key, now) {
  const when = (/** @type {string} */ name, /** @type {string | null} */ at) => (at ? fact(name, time(at, now)) : []);
  return element("dl", { class: "facts" },
    fact("State", element("span", { class: "badge", "data-state": key.state }, key.state)),
    fact("Kind", `RSA ${key.bits}, ${key.source}`),
    fact("Private half", key.has_private_key ? "on this server, sealed" : "not on this server"),
    fact("Longest token life", duration(key.longest_token_lifetime_secs)),
    fact("Tokens seen at the edge", key.seen_count.toLocaleString("en-GB")),
    when("Last seen there", key.last_seen_at_edge),
    when("Made", key.created_at),
    when("Published", key.published_at),
    when("Confirmed everywhere", key.confirmed_at),
    when("Signing since", key.activated_at),
    when("Superseded", key.superseded_at),
    when("Safe to remove", key.state === "retiring" ? key.safe_to_remove_at : null),
    when("Retired", key.retired_at),
    when("Revoked", key.revoked_at),
    key.reason ? fact("Why", key.reason) : []);
}

/** @param {string} name @param {import("./element.js").Child} value */
const fact = (name, value) => [element("dt", {}, name), element("dd", {}, value)];

/** @param {any} key @param {any} print */
function publicHalf(key, print) {
  const jwk = JSON.stringify(key.public_jwk, null, 2);
  return [
    element("dl", { class: "facts" },
      fact("kid (RFC 7638 thumbprint)", element("span", {}, element("code", {}, key.kid), copyButton("kid", key.kid))),
      fact("SHA-256 of the SPKI", part(print, (text) => element("code", {}, text)))),
    shown("JWK", jwk),
    shown("PEM", key.public_pem),
  ];
}

/** @param {string} name @param {string} text */
function shown(name, text) {
  return element("details", {}, element("summary", {}, name), copyButton(name, text, `Copy ${name}`),
    element("pre", { tabindex: "0", "aria-label": name }, text));
}

/** Entries about a key name it as their subject, or as the old or new one of a rotation. @param {any} entry @param {string} kid */
function isAbout(entry, kid) {
  return entry.subject === kid || JSON.stringify([entry.before, entry.after]).includes(kid);
}

/** @param {any[]} entries @param {number} now */
function history(entries, now) {
  if (entries.length === 0) return empty("The log says nothing about this key.");
  return table("What was done to this key, newest first", ["When", "Who", "What", "Why", "Entry"], entries.map((entry) => [
    time(entry.at, now), entry.actor, entry.action, entry.reason ?? element("span", { class: "nothing" }, "–"), `#${entry.seq}`,
  ]));
}
