// @ts-check
// Taking tokens back: who is meant, what it would do, and what is taken back already.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element, prose } from "./element.js";
import { duration, moment, time } from "./instant.js";
import { short } from "./key_name.js";
import { atLength, panel, part, refusal } from "./part.js";
import { REASON } from "./plan.js";
import { table } from "./table.js";
import { DRY_RUN, LOCALE, NONE, number } from "./texts/shared.js";
import * as texts from "./texts/take_back.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 * @typedef {{scope: string, value: string, words: string}} Target
 */

/** What is refused by name, and not by when it was issued. */
const BY_NAME = ["jti", "sid"];
const { PLAN, SCOPES } = texts;

export const reads = {
  keys: api.keys,
  revocations: api.revocations,
  epochs: (/** @type {string} */ id) => api.epochs(id).then(({ epochs }) => epochs),
};

/** Everybody has no value. */
let isEverybody = false;
/** Why the form could not be put to the server. */
let wrong = "";

/** @param {import("./pages.js").View} view */
export function render({ read, now, barrier }) {
  return [
    panel(texts.WHOSE_TOKENS, {},
      element("p", {}, texts.INTRODUCTION),
      form(barrier)),
    panel(texts.TAKEN_BACK, {}, part(read.revocations, (revocations) =>
      part(read.epochs, (epochs) => takenBack({ revocations, epochs }, now)))),
  ];
}

export function leave() {
  isEverybody = false;
  wrong = "";
}

/** @param {string | null} barrier */
function form(barrier) {
  const options = Object.entries(SCOPES).map(([value, { choice }]) => element("option", { value }, choice));
  return element("form", { class: "take-back" },
    element("label", {}, texts.WHOSE, element("select", { name: "scope" }, options)),
    element("label", { hidden: isEverybody }, texts.ITS_VALUE, element("input", { name: "value", required: !isEverybody, maxlength: 256,
      autocomplete: "off", spellcheck: "false", autocapitalize: "none" })),
    element("button", { type: "submit", "aria-disabled": barrier ? "true" : null, title: barrier }, texts.SHOW),
    element("p", { class: "field-error", role: "alert" }, prose(wrong)));
}

/** @param {HTMLElement} field */
export function onChange(field) {
  if (field instanceof HTMLSelectElement) isEverybody = field.value === "all";
  wrong = "";
}

/** @param {HTMLFormElement} form @param {Place} place @param {Tell} tell */
export async function onSubmit(form, place, tell) {
  const { read, barrier } = place.view;
  if (barrier || !Array.isArray(read.keys)) return;
  try {
    await rehearse(target(form, read.keys), read.keys, place, () => form.reset(), tell);
  } catch (error) {
    wrong = refusal(/** @type {Error} */ (error));
  }
}

/** Whom the form means. @param {HTMLFormElement} form @param {any[]} keys @returns {Target} */
function target(form, keys) {
  const said = new FormData(form);
  const scope = String(said.get("scope"));
  const typed = String(said.get("value")).trim();
  if (scope === "all") return { scope, value: "", words: SCOPES.all.words };
  const value = scope === "kid" ? fullKid(keys, typed) : typed;
  return { scope, value, words: `${SCOPES[scope].words} ${value}` };
}

/** @param {any[]} keys @param {string} typed */
function fullKid(keys, typed) {
  const meant = keys.filter((key) => key.kid.startsWith(typed));
  if (meant.length === 1) return meant[0].kid;
  throw new Error(meant.length === 0 ? texts.noKey(typed) : texts.severalKeys(typed));
}

/** @param {Target} whom @param {any[]} keys @param {Place} place @param {() => void} clear the form @param {Tell} tell */
async function rehearse(whom, keys, place, clear, tell) {
  const would = await order(whom, place, { reason: DRY_RUN, dry_run: true });
  ask(
    {
      title: PLAN.title(whom.words),
      plan: [
        ...(BY_NAME.includes(whom.scope) ? namePlan(whom, would) : instantPlan(whom, would, keys)),
        PLAN.within(duration(place.view.policy.arrival_bound_secs)),
        PLAN.forGood,
      ],
      fields: [REASON],
      confirm: { of: whom.value || place.issuerId, hint: whom.value ? PLAN.start : PLAN.issuer },
      go: PLAN.go,
      danger: true,
    },
    async ({ reason }) => {
      await order(whom, place, { reason });
      clear();
      isEverybody = false;
      tell(PLAN.done(whom.words));
    },
  );
}

/** @param {Target} whom @param {Place} place @param {{reason: string, dry_run?: boolean}} rest */
function order({ scope, value }, { issuerId }, rest) {
  return BY_NAME.includes(scope)
    ? api.revokeByName(issuerId, { claim: scope, values: [value], ...rest })
    : api.raiseEpoch(issuerId, { scope, ...(value ? { value } : {}), ...rest });
}

/** @param {Target} whom @param {any} would */
function namePlan({ scope, value }, { added, until }) {
  const known = added === 0 ? [PLAN.known] : [];
  return [...known, (scope === "jti" ? PLAN.token : PLAN.session)(value, moment(until, Date.now()))];
}

/** @param {Target} whom @param {any} would @param {any[]} keys */
function instantPlan({ scope, value, words }, { before }, keys) {
  const meant = keys.filter((key) => (scope === "all" ? key.seen_count > 0 : key.kid === value));
  const seen = number(meant.reduce((sum, key) => sum + key.seen_count, 0));
  const counted = ["all", "kid"].includes(scope) ? [PLAN.seen(seen, scope === "all" ? PLAN.allKeys : PLAN.key(short(value)))] : [];
  const whose = scope === "all" ? PLAN.everything : PLAN.everyTokenOf(words);
  return [PLAN.before(whose, new Date(before).toLocaleTimeString(LOCALE)), ...counted];
}

/** What is taken back already. @param {{revocations: any, epochs: any[]}} refused @param {number} now */
function takenBack({ revocations, epochs }, now) {
  const { tokens, sessions, waiting, next_expiry: next } = revocations;
  const names = texts.byName([tokens, number(tokens)], [sessions, number(sessions)]);
  const later = next ? texts.nextExpires(moment(next, now)) : "";
  const unsaid = waiting > 0 ? texts.onTheirWay(number(waiting)) : "";
  const rows = epochs.map((epoch) => [SCOPES[epoch.scope].words, whoseValue(epoch), time(epoch.before, now)]);
  return [
    element("p", { class: "soft" }, names + later + unsaid),
    rows.length > 0 && atLength(texts.CAPTION, rows, (shown) => table(texts.CAPTION, texts.COLUMNS, shown)),
  ];
}

/** @param {any} epoch */
function whoseValue({ scope, value }) {
  if (!value) return element("span", { class: "nothing" }, NONE);
  return element("code", { title: value }, scope === "kid" ? short(value) : value);
}
