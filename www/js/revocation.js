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

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 * @typedef {{scope: string, value: string, words: string}} Target
 */

/** How each scope is spoken of, and whether it is refused by name or by when its tokens were issued. */
const SCOPES = /** @type {Record<string, {words: string, byName: boolean}>} */ ({
  jti: { words: "token", byName: true },
  sid: { words: "session", byName: true },
  sub: { words: "subject", byName: false },
  client_id: { words: "client", byName: false },
  kid: { words: "key", byName: false },
  all: { words: "everybody", byName: false },
});
const COLUMNS = ["Whose", "Value", "Refused if issued before"];

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
    panel("Whose tokens", {},
      element("p", {}, "They are refused at every edge from then on. Nothing is done before you have seen what it would do."),
      form(barrier)),
    panel("Taken back already", {}, part(read.revocations, (revocations) =>
      part(read.epochs, (epochs) => takenBack({ revocations, epochs }, now)))),
  ];
}

export function leave() {
  isEverybody = false;
  wrong = "";
}

/** @param {string | null} barrier */
function form(barrier) {
  const options = /** @type {[string, string][]} */ ([["sid", "A session (sid)"], ["sub", "A person or service (sub)"], ["jti", "One token (jti)"],
    ["client_id", "A client (client_id)"], ["kid", "A key (kid)"], ["all", "Everybody"]]);
  return element("form", { class: "take-back" },
    element("label", {}, "Whose", element("select", { name: "scope" }, options.map(([value, words]) => element("option", { value }, words)))),
    element("label", { hidden: isEverybody }, "Its value", element("input", { name: "value", required: !isEverybody, maxlength: 256,
      autocomplete: "off", spellcheck: "false", autocapitalize: "none" })),
    element("button", { type: "submit", "aria-disabled": barrier ? "true" : null, title: barrier }, "Show what would happen…"),
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
  if (scope === "all") return { scope, value: "", words: "everybody" };
  const value = scope === "kid" ? fullKid(keys, typed) : typed;
  return { scope, value, words: `${SCOPES[scope].words} ${value}` };
}

/** @param {any[]} keys @param {string} typed */
function fullKid(keys, typed) {
  const meant = keys.filter((key) => key.kid.startsWith(typed));
  if (meant.length === 1) return meant[0].kid;
  throw new Error(meant.length === 0 ? `No key starts with \`${typed}\`.` : `Several keys start with \`${typed}\`: type more of it.`);
}

/** @param {Target} whom @param {any[]} keys @param {Place} place @param {() => void} clear the form @param {Tell} tell */
async function rehearse(whom, keys, place, clear, tell) {
  const { byName } = SCOPES[whom.scope];
  const would = await order(whom, place, { reason: "a dry run", dry_run: true });
  ask(
    {
      title: `Take back the tokens of ${whom.words}?`,
      plan: [
        ...(byName ? namePlan(whom, would) : instantPlan(whom, would, keys)),
        `Every edge that can read the store refuses them within ${duration(place.view.policy.arrival_bound_secs)}.`,
        "This cannot be undone: whoever was meant by mistake signs in again and gets a new token.",
      ],
      fields: [REASON],
      confirm: { of: whom.value || place.issuerId, hint: whom.value ? "The start of whom it is about." : "The name of the issuer." },
      go: "Take back for good",
      danger: true,
    },
    async ({ reason }) => {
      await order(whom, place, { reason });
      clear();
      isEverybody = false;
      tell(`The tokens of ${whom.words} are taken back; the edge learns of it now.`);
    },
  );
}

/** @param {Target} whom @param {Place} place @param {{reason: string, dry_run?: boolean}} rest */
function order({ scope, value }, { issuerId }, rest) {
  return SCOPES[scope].byName
    ? api.revokeByName(issuerId, { claim: scope, values: [value], ...rest })
    : api.raiseEpoch(issuerId, { scope, ...(value ? { value } : {}), ...rest });
}

/** @param {Target} whom @param {any} would */
function namePlan({ scope, value }, { added, until }) {
  const what = scope === "jti" ? `The token with the jti ${value} is refused` : `Every token of the session ${value} is refused, those that are issued from now on too`;
  const known = added === 0 ? ["It is taken back already, and for as long: nothing would change."] : [];
  return [...known, `${what}, until ${moment(until, Date.now())}: by then it has expired anyway.`];
}

/** @param {Target} whom @param {any} would @param {any[]} keys */
function instantPlan({ scope, value, words }, { before }, keys) {
  const meant = keys.filter((key) => (scope === "all" ? key.seen_count > 0 : key.kid === value));
  const seen = meant.reduce((sum, key) => sum + key.seen_count, 0).toLocaleString("en-GB");
  const counted = ["all", "kid"].includes(scope) ? [`The edge has seen ${seen} tokens of ${scope === "all" ? "all keys" : `key ${short(value)}`} so far.`] : [];
  const whose = scope === "all" ? "Every token" : `Every token of ${words}`;
  const at = new Date(before).toLocaleTimeString("en-GB");
  return [`${whose} that was issued before ${at} is refused; what is issued from then on is good.`, ...counted];
}

/** What is taken back already. @param {{revocations: any, epochs: any[]}} refused @param {number} now */
function takenBack({ revocations, epochs }, now) {
  const { tokens, sessions, waiting, next_expiry: next } = revocations;
  const count = (/** @type {number} */ number, /** @type {string} */ word) =>
    `${number.toLocaleString("en-GB")} ${word}${number === 1 ? "" : "s"}`;
  const names = tokens + sessions === 0
    ? "No token and no session is taken back by name."
    : `Taken back by name: ${count(tokens, "token")} and ${count(sessions, "session")}.`;
  const later = next ? ` The next one expires at ${moment(next, now)}.` : "";
  const unsaid = waiting > 0 ? ` Of these, ${waiting.toLocaleString("en-GB")} are still on their way to the edge.` : "";
  const rows = epochs.map((epoch) => [SCOPES[epoch.scope].words, whoseValue(epoch), time(epoch.before, now)]);
  return [
    element("p", { class: "soft" }, names + later + unsaid),
    rows.length > 0 && atLength("Instants before which tokens are refused", rows, (shown) =>
      table("Instants before which tokens are refused", COLUMNS, shown)),
  ];
}

/** @param {any} epoch */
function whoseValue({ scope, value }) {
  if (!value) return element("span", { class: "nothing" }, "–");
  return element("code", { title: value }, scope === "kid" ? short(value) : value);
}
