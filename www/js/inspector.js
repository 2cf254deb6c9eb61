// @ts-check
// The token inspector: the validator that runs at the edge judges a token here, in the page. The token is sent nowhere.
import * as api from "./api.js";
import { element, prose } from "./element.js";
import { moment } from "./instant.js";
import { keyLink } from "./key_name.js";
import { panel, part } from "./part.js";
import { readable } from "./token.js";

/** Claims that are instants (RFC 7519 and OpenID Connect). */
const INSTANTS = ["iat", "nbf", "exp", "auth_time"];
/** The refusals for which the edge does not blame the token. */
const NOT_THE_TOKENS_FAULT = ["key_set_expired", "revocation_unconfirmed"];
const ABSENT = "This server was built without the validator: build it with `cargo xtask build npm` and then `admin`.";

let token = "";
/** @type {Promise<any> | undefined} */
let loading;

export const reads = {
  validator: () => (loading ??= api.validator().catch(() => new Error(ABSENT))),
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
    panel("A token", {},
      element("p", { id: "stays-here" }, "The edge's own validator judges it in this page. The token does not leave your browser."),
      element("label", { for: "inspected" }, "Token"),
      element("textarea", { id: "inspected", rows: 5, spellcheck: "false", autocapitalize: "none", autocomplete: "off", placeholder: "eyJ…", "aria-describedby": "stays-here" })),
    part(read.validator, (validator) => part(read.keySet, (keySet) => part(read.roots, (roots) =>
      token === "" ? null : [verdict(view, validator, keySet, roots), contents(view.now)]))),
  ];
}

/** @param {import("./pages.js").View} view @param {any} validator @param {string} keySet @param {any[]} roots */
function verdict(view, validator, keySet, roots) {
  const judged = judge(view, validator, keySet, roots);
  const version = `Judged by key set version ${judged.version ?? "–"}, for the issuer ${view.settings.issuer}.`;
  if (judged.ok) {
    return panel("Verdict", { class: "panel judged", "data-tone": "good" },
      element("p", { class: "verdict-words" }, "The edge believes this token."),
      element("p", {}, "Signed by key ", keyLink(judged.header.kid ?? view.issuer.active_kid), ". A route of the gateway may demand more than that: a scope, a claim."),
      element("p", { class: "soft" }, version));
  }
  return panel("Verdict", { class: "panel judged", "data-tone": "danger" },
    element("p", { class: "verdict-words" }, "The edge refuses this token."),
    element("p", {}, element("code", { class: "refusal" }, judged.code), " ", prose(judged.message)),
    judged.claim && element("p", {}, "The claim is ", element("code", {}, judged.claim), judged.reason ? `: ${judged.reason}.` : "."),
    element("p", {}, "It answers ", element("code", {}, answer(judged.code))),
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
  return NOT_THE_TOKENS_FAULT.includes(code)
    ? "503 Service Unavailable"
    : '401 Unauthorized, WWW-Authenticate: Bearer error="invalid_token"';
}

/** What is written in the token, whether it is true or not. @param {number} now */
function contents(now) {
  const { header, claims } = readable(token);
  return [
    panel("Header", {}, header ? listed(header, now) : unreadable("header")),
    panel("Claims", {}, element("p", { class: "soft" }, "As they are written in the token: only the verdict says whether they are true."),
      claims ? listed(claims, now) : unreadable("claims")),
  ];
}

/** @param {string} what */
const unreadable = (what) => element("p", { class: "empty" }, `The ${what} cannot be read: this part is not base64url of a JSON object.`);

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
  const here = at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
  return element("span", {}, element("code", {}, String(secs)), ` ${here} (${moment(at.toISOString(), now).replace(/^.*, /, "")})`);
}
