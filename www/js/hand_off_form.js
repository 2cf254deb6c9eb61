// @ts-check
// Changing where backends read their key: one target at a time, though the server takes the whole list, as it was read.
import * as api from "./api.js";
import { askOne } from "./consent.js";
import { element } from "./element.js";
import { labelled } from "./field.js";
import { duration } from "./instant.js";
import { short } from "./key_name.js";
import { FORM, REMOVE, SET } from "./texts/hand_off.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

/** What a place of each kind must have, and what it may have. */
const KINDS = /** @type {Record<string, {must: string[], may: string[]}>} */ ({
  openbao: { must: ["address", "path", "credential"], may: ["mount", "namespace"] },
  "aws-secrets-manager": { must: ["region", "secret", "credential"], may: ["endpoint"] },
  "kubernetes-manifest": { must: ["file", "secret"], may: ["namespace"] },
  file: { must: ["file"], may: ["format"] },
});
const FORMATS = ["env", "json", "pem"];
const PRIVATE_KEYS = ["pkcs1", "pkcs8"];
const DEFAULTS = { prefix: "KEYSTILE", reload_secs: 60 };

/** The kind of place that the form is about: it has other fields for each. */
let kind = "openbao";

export const forgetTarget = () => {
  kind = "openbao";
};

export function targetForm() {
  const options = (/** @type {string[]} */ values, /** @type {Record<string, string>} */ words = {}) =>
    values.map((value) => element("option", { value }, words[value] ?? value));
  const parts = Object.entries(FORM.parts).map(([name, [label, hint]]) => {
    const hidden = !has(name);
    const part = name === "format"
      ? element("select", { name, disabled: hidden }, options(FORMATS))
      : text(name, { disabled: hidden, required: KINDS[kind].must.includes(name), maxlength: 2048 });
    return labelled(label, part, { hint, id: hintOf(name), hidden });
  });
  return element("form", { class: "settings", name: "target", "aria-label": FORM.label },
    labelled(FORM.name, text("name", { required: true, maxlength: 63 }), { hint: FORM.nameHint, id: hintOf("name") }),
    labelled(FORM.kind, element("select", { name: "kind" }, options(Object.keys(KINDS), FORM.kinds))),
    parts,
    labelled(FORM.prefix, text("prefix", { value: DEFAULTS.prefix, required: true, maxlength: 64 }), { hint: FORM.prefixHint, id: hintOf("prefix") }),
    labelled(FORM.privateKey, element("select", { name: "private_key" }, options(PRIVATE_KEYS)), { hint: FORM.privateKeyHint, id: hintOf("key") }),
    labelled(FORM.reload, text("reload_secs", { value: DEFAULTS.reload_secs, required: true, inputmode: "numeric", pattern: "[0-9]{1,5}" }),
      { hint: FORM.reloadHint, id: hintOf("reload") }),
    element("button", { type: "submit", class: "primary" }, FORM.go));
}

/** @param {string} name @param {import("./element.js").Attributes} more */
const text = (name, more) => element("input", { name, autocomplete: "off", spellcheck: "false", autocapitalize: "none", ...more });

/** @param {string} name */
const hintOf = (name) => `hint-target-${name}`;

/** Whether a place of this kind has such a part. @param {string} name */
const has = (name) => KINDS[kind].must.includes(name) || KINDS[kind].may.includes(name);

/** @param {HTMLElement} field */
export function onTargetChange(field) {
  if (field instanceof HTMLSelectElement && field.name === "kind") kind = field.value;
}

/** Fills the form with a target, to be changed. @param {any} target */
export function edit(target) {
  kind = target.place.kind;
  const form = document.forms.namedItem("target");
  if (!form) return;
  form.reset();
  const { place, ...rest } = target;
  for (const [name, value] of Object.entries({ ...rest, ...place })) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = String(value);
  }
  const first = form.elements.namedItem("name");
  if (first instanceof HTMLElement) first.focus();
}

/** @param {HTMLFormElement} form @param {Place} place @param {Tell} tell */
export async function setTarget(form, place, tell) {
  const target = wanted(form);
  const { name } = target;
  const { known, others, revision } = await apart(place, name);
  if (known && same(known.target, target)) return tell(SET.nothing);
  const isThere = known && same(known.target.place, target.place);
  const { deed, change } = await rehearsed([...others, target], place, revision);
  askOne(place, tell, {
    title: SET.title(name),
    plan: [
      isThere ? SET.stays(name) : SET.written(short(place.activeKid), name),
      ...(known && !isThere ? [SET.moved(name)] : []),
      SET.ours,
      SET.waits(name, duration(target.reload_secs)),
    ],
    fields: [],
    go: SET.go,
  }, deed, async () => {
    await change();
    form.reset();
    forgetTarget();
    tell(SET.done(name));
  });
}

/** @param {string} name @param {Place} place @param {Tell} tell */
export async function removeTarget(name, place, tell) {
  const { known, others, revision } = await apart(place, name);
  if (!known) return;
  const { deed, change } = await rehearsed(others, place, revision);
  const { held_kid: held } = known.status;
  askOne(place, tell, {
    title: REMOVE.title(name),
    plan: [held ? REMOVE.stays(name, short(held)) : REMOVE.empty(name), REMOVE.noWait],
    fields: [],
    go: REMOVE.go,
  }, deed, async () => {
    await change();
    tell(REMOVE.done(name));
  });
}

/** The target of this name and all others, as they are now. @param {Place} place @param {string} name */
async function apart({ issuerId }, name) {
  const { revision, targets } = /** @type {{revision: string, targets: any[]}} */ (await api.handOff(issuerId));
  const isIt = (/** @type {any} */ one) => one.target.name === name;
  return { revision, known: targets.find(isIt), others: targets.filter((one) => !isIt(one)).map((one) => one.target) };
}

/** The change, once the server has said that it would make it, and as somebody else may be asked for it. @param {any[]} targets @param {Place} place @param {string} revision */
async function rehearsed(targets, { issuerId }, revision) {
  await api.setHandOff(issuerId, { targets, dry_run: true }, revision);
  return {
    deed: () => ({ kind: "set_hand_off", issuer: issuerId, targets }),
    change: () => api.setHandOff(issuerId, { targets }, revision),
  };
}

/** @param {HTMLFormElement} form */
function wanted(form) {
  const said = new FormData(form);
  const text = (/** @type {string} */ name) => String(said.get(name) ?? "").trim();
  const parts = Object.keys(FORM.parts).filter((name) => has(name) && text(name) !== "");
  return {
    name: text("name"),
    place: { kind, ...Object.fromEntries(parts.map((name) => [name, text(name)])) },
    prefix: text("prefix"),
    private_key: text("private_key"),
    reload_secs: Number(text("reload_secs")),
  };
}

/** Whether two say the same, in whatever order. The mount has a default that the server adds. @param {any} one @param {any} other */
function same(one, other) {
  const canonical = (/** @type {any} */ value) =>
    JSON.stringify(value, (_, part) => (part && typeof part === "object" ? Object.fromEntries(Object.entries(withMount(part)).sort()) : part));
  return canonical(one) === canonical(other);
}

/** @param {any} part */
const withMount = (part) => (part.kind === "openbao" ? { mount: "secret", ...part } : part);
