// @ts-check
// The token inspector: the validator that runs at the edge judges a token here, in the page. The token is sent nowhere.
import * as api from "./api.js";
import { element, prose } from "./element.js";
import { moment } from "./instant.js";
import { keyLink } from "./key_name.js";
import { empty, panel, part } from "./part.js";
import * as texts from "./texts/inspector.js";
import { LOCALE } from "./texts/shared.js";
import { readable } from "./token.js";

/** Claims that are instants (RFC 7519 and OpenID Connect). */
const INSTANTS = ["iat", "nbf", "exp", "auth_time"];
/** The refusals for which the edge does not blame the token. */
const NOT_THE_TOKENS_FAULT = ["key_set_expired", "revocation_unconfirmed"];

/** For so long it is not told that the list behind a filter is missing: it may be on its way. */
const LIST_ARRIVES_MS = 3_000;

/** @typedef {{text: string, pinned: {keys: any[]}}} KeySetRead */

let token = "";
/** @type {Promise<any> | undefined} */
let loading;
/** Filters of revoked tokens by their names: such a value never changes. @type {Map<string, Uint8Array>} */
const filters = new Map();
/** What judges, for as long as it is told the same: it remembers the lists that it has asked. @type {{of: string, keySet: any, validator: any} | null} */
let judge = null;
/** The server's clock at the last look, and the token for which a list is asked, since when. */
let clock = 0;
let asked = { token: "", since: 0 };

// What is not there is an answer of the server, and not a line that is down: it is shown, and not waited for.
const load = () => (loading ??= api.validator().catch(() => new api.Refusal(404, { detail: texts.ABSENT })));

export const reads = {
  validator: load,
  keySet: async (/** @type {string} */ id) => {
    const [validator, { issuer }, text, { roots }] = await Promise.all([load(), api.issuer(id), api.signedKeySet(id), api.roots()]);
    const pinned = { keys: roots.filter((/** @type {any} */ root) => !root.withdrawn_at).map((/** @type {any} */ root) => root.public_jwk) };
    if (!(validator instanceof Error)) await readFilters(id, validator, text.trim(), pinned, issuer);
    return { text: text.trim(), pinned };
  },
};

/** Reads the filters that the set names and that are not here yet. @param {string} id @param {any} validator @param {string} text @param {any} pinned @param {string} issuer */
async function readFilters(id, { KeySet }, text, pinned, issuer) {
  // The set is judged by its own date here: this is only to learn the names.
  const now = () => readable(text).claims?.iat ?? 0;
  try {
    KeySet.fromSigned(text, pinned, { issuer, now, filters: Object.fromEntries(filters) }).free();
  } catch (error) {
    const { filters: missing = [] } = /** @type {{filters?: {name: string, maxBytes: number}[]}} */ (error);
    await Promise.all(missing.map(async ({ name, maxBytes }) => filters.set(name, await api.keySetValue(id, name, maxBytes))));
  }
}

export function leave() {
  token = "";
  filters.clear();
  forget();
}

function forget() {
  judge?.validator?.free();
  judge?.keySet?.free();
  judge = null;
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
    part(read.validator, (validator) => part(read.keySet, (keySet) =>
      token === "" ? null : [verdict(view, validator, keySet), contents(view.now)])),
  ];
}

/** @param {import("./pages.js").View} view @param {any} validator @param {KeySetRead} keySet */
function verdict(view, validator, keySet) {
  const judged = judgement(view, validator, keySet);
  if (isAsking(judged.code)) return empty(texts.ASKING);
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

/** What the validator says. A key set that it refuses is a refusal too. @param {import("./pages.js").View} view @param {any} validator @param {KeySetRead} keySet */
function judgement(view, validator, keySet) {
  clock = view.now;
  try {
    const { validator: judging, keySet: believed } = judgeFor(view, validator, keySet);
    return { ...judging.check(token), version: believed.version };
  } catch (error) {
    const { code = "key_set_unusable", message } = /** @type {any} */ (error);
    return { ok: false, code, message };
  }
}

/** As the edge has it: a token that a filter has a hit for is believed once the exact list is asked. @param {import("./pages.js").View} view @param {any} validator @param {KeySetRead} read */
function judgeFor({ issuer: { id }, settings: { issuer, audience, policy } }, { KeySet, Validator }, { text, pinned }) {
  const of = JSON.stringify([id, issuer, audience, policy.leeway_secs, text, pinned, [...filters.keys()]]);
  if (judge?.of === of) return judge;
  forget();
  const now = () => Math.floor(clock / 1000);
  const keySet = KeySet.fromSigned(text, pinned, { issuer, now, filters: Object.fromEntries(filters) });
  const source = {
    current: () => keySet,
    settled: async () => {},
    reread: async () => false,
    value: (/** @type {string} */ name, /** @type {number} */ maxBytes) => api.keySetValue(id, name, maxBytes),
  };
  const validator = new Validator(source, { issuer, audience: audience ?? null, leeway: policy.leeway_secs, now, cache: false });
  return (judge = { of, keySet, validator });
}

/** Whether the list that decides about the token may still be on its way. @param {string | undefined} code */
function isAsking(code) {
  if (code !== "revocation_unconfirmed") return false;
  if (asked.token !== token) asked = { token, since: clock };
  return clock - asked.since < LIST_ARRIVES_MS;
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
