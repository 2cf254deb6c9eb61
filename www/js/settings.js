// @ts-check
// The policy of an issuer, with the effect of a change before it is made; who is told, and where backends read their key.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { handOffPanel } from "./hand_off.js";
import { duration, moment } from "./instant.js";
import { empty, panel, part } from "./part.js";
import { REASON } from "./plan.js";
import { trust } from "./trust.js";
import { notFor } from "./texts.js";
import { actOnWebhook, addWebhook, forget, webhookPanel } from "./webhooks.js";

/** @typedef {{name: string, label: string, hint: string, unit: "s" | "days" | "bits" | "text"}} Setting */

const SETTINGS = /** @type {Setting[]} */ ([
  { name: "rotation_interval_days", label: "Days between rotations", hint: "0: by hand alone", unit: "days" },
  { name: "rotation_window", label: "Hours of scheduled rotations", hint: "such as Mon-Thu 09:00-16:00 UTC, or always", unit: "text" },
  { name: "retired_key_sealed_days", label: "Days a retired key is kept sealed", hint: "for a rollback; 0: it is destroyed at once", unit: "days" },
  { name: "key_bits", label: "Bits of a new key", hint: "2048, 3072 or 4096", unit: "bits" },
  { name: "access_token_expiry_secs", label: "Life of an access token, seconds", hint: "an old key stays for the longer of the two lives", unit: "s" },
  { name: "refresh_token_expiry_secs", label: "Life of a refresh token, seconds", hint: "likewise", unit: "s" },
  { name: "leeway_secs", label: "Leeway of clocks, seconds", hint: "part of the propagation bound", unit: "s" },
  { name: "report_window_secs", label: "Report window, seconds", hint: "a region that reported within it must confirm", unit: "s" },
  { name: "readers_secs", label: "Life of copies of jwks.json, seconds", hint: "with verifiers of other makes", unit: "s" },
  { name: "key_set_lifetime_secs", label: "Life of a key set, seconds", hint: "for so long the edge goes on without a newer one", unit: "s" },
]);

export const reads = {
  roots: () => api.roots().then(({ roots }) => roots),
  current: api.issuer,
  handOff: api.handOff,
  webhooks: () => api.webhooks().then(({ webhooks }) => webhooks),
};

export const leave = forget;

/** @param {import("./pages.js").View} view */
export function render(view) {
  const { issuer, read, now, who } = view;
  return [
    panel("Policy", {}, part(read.current, ({ policy }) => [
      element("p", {}, "A change is shown with its effect before it is made. What the server's environment names goes back to that when it starts again."),
      who.role === "admin" ? form(policy) : [empty(notFor(who.role, "change settings")), asTable(policy)],
    ])),
    panel("What follows from it", {}, part(read.current, ({ policy }) => consequences(policy))),
    panel("Webhooks", {}, webhookPanel(view)),
    panel("Hand-off", {}, part(read.handOff, ({ targets }) => handOffPanel(targets, now))),
    panel("Root keys", {}, part(read.roots, (roots) => trust(issuer.signer, roots, now))),
  ];
}

/** @param {any} policy */
function form(policy) {
  return element("form", { class: "settings", name: "policy" },
    SETTINGS.map(({ name, label, hint, unit }) => element("label", {}, label,
      element("input", { name, value: policy[name], required: true, autocomplete: "off", inputmode: unit === "text" ? null : "numeric", "aria-describedby": `hint-${name}` }),
      element("span", { class: "soft", id: `hint-${name}` }, unit === "s" && policy[name] >= 60 ? `${duration(policy[name])}; ${hint}` : hint))),
    element("button", { type: "submit", class: "primary" }, "Show the effect…"));
}

/** @param {any} policy */
const asTable = (policy) => element("dl", { class: "facts" }, SETTINGS.map(({ name, label }) => [element("dt", {}, label), element("dd", {}, String(policy[name]))]));

/** @param {any} policy */
function consequences(policy) {
  const stays = Math.max(policy.access_token_expiry_secs, policy.refresh_token_expiry_secs) + policy.leeway_secs + policy.propagation_bound_secs;
  return element("ul", {},
    element("li", {}, `A change is at every edge that can read the store within ${duration(policy.arrival_bound_secs)}: ${duration(policy.kv_bound_secs)} for the store, `
      + `${duration(policy.cache_ttl_secs)} for its cache, ${duration(policy.refresh_secs * 2)} for an isolate. Where no region reports, the server waits for `
      + `${duration(policy.propagation_bound_secs)}: ${duration(policy.leeway_secs)} more, for clocks.`),
    element("li", {}, `A new key signs no sooner than ${duration(Math.max(policy.cache_ttl_secs, policy.readers_secs))} after it was published.`),
    element("li", {}, `An old key stays in the key set for ${duration(stays)} after the new one has begun to sign.`),
    element("li", {}, `While this server is away, the edge goes on for ${duration(policy.key_set_lifetime_secs)} at the most.`));
}

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export function onSubmit(form, place, tell) {
  return form.name === "webhook" ? addWebhook(form, tell) : changePolicy(form, place, tell);
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export function onAction(action, { text: id = "" }, place, tell) {
  return actOnWebhook(action, id, place, tell);
}

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
async function changePolicy(form, { issuerId, view }, tell) {
  const changed = changes(form, view.read.current.policy);
  if (Object.keys(changed).length === 0) return tell("Nothing is changed yet.");
  const would = await api.rehearseChange(issuerId, changed);
  ask({
    title: "Change the policy?",
    plan: [...differences(would), ...effects(would, view.now)],
    fields: [REASON],
    go: "Change it",
  }, async ({ reason }) => {
    await api.changeIssuer(issuerId, { ...changed, reason }, would.from);
    tell("The policy is changed, and a key set that says so is on its way.");
  });
}

/** What differs from the policy. @param {HTMLFormElement} form @param {any} policy @returns {Record<string, string | number>} */
function changes(form, policy) {
  const said = new FormData(form);
  const read = SETTINGS.map(({ name, label, unit }) => {
    const text = String(said.get(name)).trim();
    if (unit !== "text" && !/^\d{1,10}$/.test(text)) throw new Error(`${label}: \`${text}\` is no whole number.`);
    return /** @type {const} */ ([name, unit === "text" ? text : Number(text)]);
  });
  return Object.fromEntries(read.filter(([name, value]) => value !== policy[name]));
}

/** @param {any} would */
function differences({ before, after }) {
  return SETTINGS.filter(({ name }) => before.policy[name] !== after.policy[name])
    .map(({ name, label }) => `${label}: ${before.policy[name]} becomes ${after.policy[name]}.`);
}

/** @param {any} would @param {number} now */
function effects({ before, after, next_rotation_before: was, next_rotation_after: is }, now) {
  const [old, young] = [before.policy, after.policy];
  const longest = (/** @type {any} */ policy) => Math.max(policy.access_token_expiry_secs, policy.refresh_token_expiry_secs);
  return [
    was !== is && `The next rotation: ${is ? moment(is, now) : "by hand"}, not ${was ? moment(was, now) : "by hand"}.${is && Date.parse(is) <= now ? " That is at once." : ""}`,
    old.propagation_bound_secs !== young.propagation_bound_secs && `The propagation bound becomes ${duration(young.propagation_bound_secs)}, from ${duration(old.propagation_bound_secs)}.`,
    longest(young) > longest(old) && "Keys that sign now stay longer once they are replaced.",
    longest(young) < longest(old) && "Tokens that are out there keep the life they were issued with, and their keys stay for as long.",
  ].filter((words) => typeof words === "string");
}
