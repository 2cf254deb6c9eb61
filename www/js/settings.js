// @ts-check
// The policy of an issuer, with the effect of a change before it is made; who is told, and where backends read their key.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { labelled } from "./field.js";
import { handOffPanel } from "./hand_off.js";
import { edit, forgetTarget, onTargetChange, removeTarget, setTarget } from "./hand_off_form.js";
import { duration, moment } from "./instant.js";
import { empty, panel, part } from "./part.js";
import { REASON } from "./plan.js";
import * as texts from "./texts/settings.js";
import { notFor } from "./texts/shared.js";
import { trust } from "./trust.js";
import { actOnWebhook, addWebhook, forget, webhookPanel } from "./webhooks.js";

const { CHANGE, FOLLOWS, SETTINGS } = texts;

export const reads = {
  roots: () => api.roots().then(({ roots }) => roots),
  current: api.issuer,
  handOff: api.handOff,
  webhooks: () => api.webhooks().then(({ webhooks }) => webhooks),
};

export function leave() {
  forget();
  forgetTarget();
}

export const onChange = onTargetChange;

/** @param {import("./pages.js").View} view */
export function render(view) {
  const { issuer, read, now, who } = view;
  return [
    panel(texts.POLICY, {}, part(read.current, ({ policy }) => [
      element("p", {}, texts.INTRODUCTION),
      who.role === "admin" ? form(policy) : [empty(notFor(who.role, texts.CHANGE_SETTINGS)), asTable(policy)],
    ])),
    panel(texts.WHAT_FOLLOWS, {}, part(read.current, ({ policy }) => consequences(policy))),
    panel(texts.WEBHOOKS, {}, webhookPanel(view)),
    panel(texts.HAND_OFF, {}, handOffPanel(view)),
    panel(texts.ROOT_KEYS, {}, part(read.roots, (roots) => trust(issuer.signer, roots, now))),
  ];
}

/** @param {any} policy */
function form(policy) {
  return element("form", { class: "settings", name: "policy" },
    SETTINGS.map(({ name, label, hint, unit }) => labelled(label,
      element("input", { name, value: policy[name], required: true, autocomplete: "off", inputmode: unit === "text" ? null : "numeric" }),
      { hint: unit === "s" && policy[name] >= 60 ? texts.hint(duration(policy[name]), hint) : hint, id: `hint-${name}` })),
    element("button", { type: "submit", class: "primary" }, texts.SHOW_EFFECT));
}

/** @param {any} policy */
const asTable = (policy) => element("dl", { class: "facts" }, SETTINGS.map(({ name, label }) => [element("dt", {}, label), element("dd", {}, String(policy[name]))]));

/** @param {any} policy */
function consequences(policy) {
  const stays = Math.max(policy.access_token_expiry_secs, policy.refresh_token_expiry_secs) + policy.leeway_secs + policy.propagation_bound_secs;
  return element("ul", {},
    element("li", {}, FOLLOWS.bounds({
      arrival: duration(policy.arrival_bound_secs),
      store: duration(policy.kv_bound_secs),
      cache: duration(policy.cache_ttl_secs),
      isolate: duration(policy.refresh_secs * 2),
      propagation: duration(policy.propagation_bound_secs),
      clocks: duration(policy.leeway_secs),
    })),
    element("li", {}, FOLLOWS.signs(duration(Math.max(policy.cache_ttl_secs, policy.readers_secs)))),
    element("li", {}, FOLLOWS.stays(duration(stays))),
    element("li", {}, FOLLOWS.away(duration(policy.key_set_lifetime_secs))));
}

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export function onSubmit(form, place, tell) {
  // A field of the form may be called `name` itself.
  const name = form.getAttribute("name");
  if (name === "webhook") return addWebhook(form, tell);
  return name === "target" ? setTarget(form, place, tell) : changePolicy(form, place, tell);
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export function onAction(action, { text: id = "" }, place, tell) {
  if (action === "remove-target") return removeTarget(id, place, tell);
  if (action === "edit-target") return editTarget(id, place);
  return actOnWebhook(action, id, place, tell);
}

/** @param {string} name @param {import("./pages.js").Place} place */
async function editTarget(name, { view }) {
  edit(view.read.handOff.targets.find((/** @type {any} */ one) => one.target.name === name).target);
}

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
async function changePolicy(form, { issuerId, view }, tell) {
  const changed = changes(form, view.read.current.policy);
  if (Object.keys(changed).length === 0) return tell(CHANGE.nothing);
  const would = await api.rehearseChange(issuerId, changed);
  ask({
    title: CHANGE.title,
    plan: [...differences(would), ...effects(would, view.now)],
    fields: [REASON],
    go: CHANGE.go,
  }, async ({ reason }) => {
    await api.changeIssuer(issuerId, { ...changed, reason }, would.from);
    tell(CHANGE.done);
  });
}

/** What differs from the policy. @param {HTMLFormElement} form @param {any} policy @returns {Record<string, string | number>} */
function changes(form, policy) {
  const said = new FormData(form);
  const read = SETTINGS.map(({ name, label, unit }) => {
    const text = String(said.get(name)).trim();
    if (unit !== "text" && !/^\d{1,10}$/.test(text)) throw new Error(texts.noWholeNumber(label, text));
    return /** @type {const} */ ([name, unit === "text" ? text : Number(text)]);
  });
  return Object.fromEntries(read.filter(([name, value]) => value !== policy[name]));
}

/** @param {any} would */
function differences({ before, after }) {
  return SETTINGS.filter(({ name }) => before.policy[name] !== after.policy[name])
    .map(({ name, label }) => CHANGE.difference(label, before.policy[name], after.policy[name]));
}

/** @param {any} would @param {number} now */
function effects({ before, after, next_rotation_before: was, next_rotation_after: is }, now) {
  const [old, young] = [before.policy, after.policy];
  const longest = (/** @type {any} */ policy) => Math.max(policy.access_token_expiry_secs, policy.refresh_token_expiry_secs);
  const when = (/** @type {string | null} */ at) => (at ? moment(at, now) : CHANGE.byHand);
  return [
    was !== is && CHANGE.next(when(is), when(was), Boolean(is) && Date.parse(is) <= now),
    old.propagation_bound_secs !== young.propagation_bound_secs && CHANGE.bound(duration(young.propagation_bound_secs), duration(old.propagation_bound_secs)),
    longest(young) > longest(old) && CHANGE.longer,
    longest(young) < longest(old) && CHANGE.shorter,
  ].filter((words) => typeof words === "string");
}
