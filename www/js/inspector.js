// @ts-check
// The token inspector: the validator that runs at the edge judges a token here, in the page. The token is sent nowhere.
import * as api from "./api.js";
import { element, prose } from "./element.js";
import { moment } from "./instant.js";
import { keyLink } from "./key_name.js";
import { panel, part } from "./part.js";
import * as texts from "./texts/inspector.js";
import { LOCALE } from "./texts/shared.js";
import { readable } from "./token.js";

/** Claims that are instants (RFC 7519 and OpenID Connect). */
const INSTANTS = ["iat", "nbf", "exp", "auth_time"];
/** The refusals for which the edge does not blame the token. */
const NOT_THE_TOKENS_FAULT = ["key_set_expired", "revocation_unconfirmed"];

let token = "";
/** @type {Promise<any> | undefined} */
let loading;

export const reads = {
  validator: () => (loading ??= api.validator().catch(() => new Error(texts.ABSENT))),
  keySet: api.signedKeySet,
  roots: () => api.roots().then(({ roots }) => roots),
};

export function leave() {
  token = "";
}

/** @param {HTMLElement} field */
export function onChange(field) {
  if (field instanceof HTMLTextAreaElement) token = field.value.trim().replace(/^bearer\s+/i, "");
}

/** @param {import("./pages.js").View} view */
export function render(view) {
  const { read } = view;
  return [
    panel(texts.A_TOKEN, {},
      element("p", { id: "stays-here" }, texts.STAYS_HERE),
      element("label", { for: "inspected" }, texts.TOKEN),
      element("textarea", { id: "inspected", rows: 5, spellcheck: "false", autocapitalize: "none", autocomplete: "off", placeholder: "eyJ…", "aria-describedby": "stays-here" })),
    part(read.validator, (validator) => part(read.keySet, (keySet) => part(read.roots, (roots) =>
      token === "" ? null : [verdict(view, validator, keySet, roots), contents(view.now)]))),
  ];
}

/** @param {import("./pages.js").View} view @param {any} validator @param {string} keySet @param {any[]} roots */
function verdict(view, validator, keySet, roots) {
  const judged = judge(view, validator, keySet, roots);
  const version = texts.judgedBy(judged.version, view.settings.issuer);
  if (judged.ok) {
    return panel(texts.VERDICT, { class: "panel judged", "data-tone": "good" },
      element("p", { class: "verdict-words" }, texts.BELIEVES),
      element("p", {}, texts.SIGNED_BY, keyLink(judged.header.kid ?? view.issuer.active_kid), texts.ROUTES_DEMAND_MORE),
      element("p", { class: "soft" }, version));
  }
  return panel(texts.VERDICT, { class: "panel judged", "data-tone": "danger" },
    element("p", { class: "verdict-words" }, texts.REFUSES),
    element("p", {}, element("code", { class: "refusal" }, judged.code), " ", prose(judged.message)),
    judged.claim && element("p", {}, texts.CLAIM_IS, element("code", {}, judged.claim), texts.claimReason(judged.reason)),
    element("p", {}, texts.ANSWERS, element("code", {}, answer(judged.code))),
    element("p", { class: "soft" }, version));
}

/** What the validator says. A key set that it refuses is a refusal too. @param {import("./pages.js").View} view @param {any} validator @param {string} keySet @param {any[]} roots */
function judge(view, { KeySet, Validator }, keySet, roots) {
  const now = () => Math.floor(view.now / 1000);
  const { issuer, audience, policy } = view.settings;
  const jwks = { keys: roots.filter((root) => !root.withdrawn_at).map((root) => root.public_jwk) };
  let believed;
  let judging;
  try {
    believed = KeySet.fromSigned(keySet.trim(), jwks, { issuer, now });
    judging = new Validator(believed, { issuer, audience: audience ?? null, leeway: policy.leeway_secs, now, cache: false });
    return { ...judging.check(token), version: believed.version };
  } catch (error) {
    const { code = "key_set_unusable", message } = /** @type {any} */ (error);
    return { ok: false, code, message };
  } finally {
    judging?.free();
    believed?.free();
  }
}

/** @param {string} code */
function answer(code) {
  return NOT_THE_TOKENS_FAULT.includes(code) ? texts.UNAVAILABLE : texts.UNAUTHORIZED;
}

/** What is written in the token, whether it is true or not. @param {number} now */
function contents(now) {
  const { header, claims } = readable(token);
  return [
    panel(texts.HEADER, {}, header ? listed(header, now) : unreadable(texts.UNREADABLE.header)),
    panel(texts.CLAIMS, {}, element("p", { class: "soft" }, texts.AS_WRITTEN),
      claims ? listed(claims, now) : unreadable(texts.UNREADABLE.claims)),
  ];
}

/** @param {string} words */
const unreadable = (words) => element("p", { class: "empty" }, words);

/** @param {Record<string, any>} members @param {number} now */
function listed(members, now) {
  return element("dl", { class: "facts" }, Object.entries(members).map(([name, value]) => [
    element("dt", {}, element("code", {}, name)),
    element("dd", {}, INSTANTS.includes(name) && Number.isFinite(value) ? instant(value, now) : element("code", {}, JSON.stringify(value))),
  ]));
}

/** @param {number} secs @param {number} now */
function instant(secs, now) {
  const at = new Date(secs * 1000);
  if (Number.isNaN(at.valueOf())) return element("code", {}, String(secs));
  const here = at.toLocaleString(LOCALE, { dateStyle: "medium", timeStyle: "long" });
  return element("span", {}, element("code", {}, String(secs)), ` ${here} (${moment(at.toISOString(), now).replace(/^.*, /, "")})`);
}
