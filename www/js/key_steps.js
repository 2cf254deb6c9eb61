// @ts-check
// The steps that a key may take now, and why not yet for the others.
import { element, prose } from "./element.js";
import { moment } from "./instant.js";
import { short } from "./key_name.js";
import { STEPS } from "./texts/keys.js";
import { capital } from "./texts/shared.js";

export const GONE = ["retired", "revoked"];
const DANGEROUS = ["revoke", "activate-anyway"];
const REVOCABLE = ["pending", "retiring"];

/** @param {any} key @param {number} now @param {string | null} barrier */
export function steps(key, now, barrier) {
  if (GONE.includes(key.state) && !canComeBack(key)) return soft(STEPS.final);
  const reason = barrier ?? notYet(key, now);
  const explained = reason ? `why-${short(key.kid)}` : null;
  const next = { pending: "activate", retiring: "retire" }[/** @type {string} */ (key.state)];
  if (key.state === "active") return soft(reason ?? STEPS.rotate);
  const barred = barrier ? explained : null;
  return element(
    "div",
    {},
    element(
      "div",
      { class: "actions" },
      next ? stepButton(next, key, explained) : null,
      canHurry(key) ? stepButton("activate-anyway", key, barred) : null,
      canComeBack(key) ? stepButton("roll-back", key, barred) : null,
    ),
    reason ? element("span", { class: "soft", id: explained }, prose(reason)) : null,
  );
}

/** What throws a key out, for its own page: it never stands beside what turns keys. @param {any} key @param {string | null} barrier */
export function wayOut(key, barrier) {
  if (key.state === "active") {
    return element("p", {}, STEPS.thrownOutBy, element("a", { href: "/emergency" }, STEPS.emergency), STEPS.whichReplaces);
  }
  if (!REVOCABLE.includes(key.state)) return null;
  const explained = barrier ? "why-not-revoke" : null;
  return [
    element("p", {}, STEPS.revokeFor),
    element("div", { class: "actions" }, stepButton("revoke", key, explained)),
    barrier && element("p", { class: "soft", id: explained }, barrier),
  ];
}

/** @param {string} step @param {any} key @param {string | null} explained id of the reason when it is closed */
function stepButton(step, key, explained) {
  return element(
    "button",
    {
      type: "button",
      class: DANGEROUS.includes(step) ? "small danger" : "small",
      "data-action": step,
      "data-kid": key.kid,
      "aria-disabled": explained ? "true" : null,
      "aria-describedby": explained,
      "aria-label": `${STEPS.names[step].label} ${short(key.kid)}`,
    },
    STEPS.names[step].words,
  );
}

/** The way back from a rotation, marked by `withWayBack`. @param {any} key */
const canComeBack = (key) => Boolean(key.is_way_back);
/** A key that the edge has not confirmed can be activated all the same, with a reason. @param {any} key */
const canHurry = (key) => key.state === "pending" && key.has_private_key && !key.safe_to_activate?.ok;

/** A rollback leads to the key that signed before, if its private half is still here. @param {any[]} keys */
export function withWayBack(keys) {
  const stopped = keys.filter((key) => key.superseded_at || (key.revoked_at && key.activated_at));
  const instant = (/** @type {any} */ key) => Date.parse(key.superseded_at ?? key.revoked_at);
  const previous = stopped.sort((a, b) => instant(b) - instant(a))[0];
  const leadsBack = (/** @type {any} */ key) =>
    key === previous && key.has_private_key && (key.state === "retired" || key.safe_to_activate?.ok);
  return keys.map((key) => ({ ...key, is_way_back: leadsBack(key) }));
}

/** Why the next step is closed, and until when. @param {any} key @param {number} now @returns {string | null} */
function notYet(key, now) {
  if (key.state === "pending" && !key.has_private_key) {
    return STEPS.publicOnly;
  }
  if (key.state === "pending" && !key.safe_to_activate?.ok) {
    const words = `${sentence(key.safe_to_activate?.waiting_for ?? STEPS.waiting)}.`;
    return key.safe_to_activate_at ? STEPS.safeAt(words, moment(key.safe_to_activate_at, now)) : words;
  }
  if (key.state === "retiring" && key.safe_to_remove_at && !isPast(key.safe_to_remove_at, now)) {
    return STEPS.aliveUntil(moment(key.safe_to_remove_at, now));
  }
  return null;
}

/** @param {string} at @param {number} now */
export const isPast = (at, now) => Date.parse(at) <= now;
/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
/** Without the instant, which is told here by the reader's clock. @param {string} words */
const sentence = (words) => capital(words.replace(/; safe at .*$/, ""));
