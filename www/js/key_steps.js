// @ts-check
// The steps that a key may take now, and why not yet for the others.
import { element, prose } from "./element.js";
import { moment } from "./instant.js";
import { short } from "./key_name.js";

export const GONE = ["retired", "revoked"];
const DANGEROUS = ["revoke", "activate anyway"];
const REVOCABLE = ["pending", "retiring"];

/** @param {any} key @param {number} now @param {string | null} barrier */
export function steps(key, now, barrier) {
  if (GONE.includes(key.state) && !canComeBack(key)) return soft("none: this is final");
  const reason = barrier ?? notYet(key, now);
  const explained = reason ? `why-${short(key.kid)}` : null;
  const next = { pending: "activate", retiring: "retire" }[/** @type {string} */ (key.state)];
  if (key.state === "active") return soft(reason ?? "Rotate to replace it.");
  const barred = barrier ? explained : null;
  return element(
    "div",
    {},
    element(
      "div",
      { class: "actions" },
      next ? stepButton(next, key, explained) : null,
      canHurry(key) ? stepButton("activate anyway", key, barred) : null,
      canComeBack(key) ? stepButton("roll back", key, barred) : null,
    ),
    reason ? element("span", { class: "soft", id: explained }, prose(reason)) : null,
  );
}

/** What throws a key out, for its own page: it never stands beside what turns keys. @param {any} key @param {string | null} barrier */
export function wayOut(key, barrier) {
  if (key.state === "active") {
    return element("p", {}, "The key that signs is thrown out by an ", element("a", { href: "/emergency" }, "emergency"), ", which puts another one in its place.");
  }
  if (!REVOCABLE.includes(key.state)) return null;
  const explained = barrier ? "why-not-revoke" : null;
  return [
    element("p", {}, "For a key that others may have: every token of it is refused, and it can never come back."),
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
      "data-action": step.replace(" ", "-"),
      "data-kid": key.kid,
      "aria-disabled": explained ? "true" : null,
      "aria-describedby": explained,
      "aria-label": `${title(step)}${step === "roll back" ? " to" : ""} key ${short(key.kid)}`,
    },
    `${title(step)}…`,
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
    return "Only its public half is here: it verifies, and can never sign.";
  }
  if (key.state === "pending" && !key.safe_to_activate?.ok) {
    const until = key.safe_to_activate_at ? ` Safe at ${moment(key.safe_to_activate_at, now)}.` : "";
    return `${sentence(key.safe_to_activate?.waiting_for ?? "waiting for the edge")}.${until}`;
  }
  if (key.state === "retiring" && key.safe_to_remove_at && !isPast(key.safe_to_remove_at, now)) {
    return `Tokens it signed may still be alive. Safe at ${moment(key.safe_to_remove_at, now)}.`;
  }
  return null;
}

/** @param {string} at @param {number} now */
export const isPast = (at, now) => Date.parse(at) <= now;
/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
/** @param {string} word */
const title = (word) => word.charAt(0).toUpperCase() + word.slice(1);
/** Without the instant, which is told here by the reader's clock. @param {string} words */
const sentence = (words) => title(words.replace(/; safe at .*$/, ""));
