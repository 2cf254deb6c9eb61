// @ts-check
// The table of keys: what each is, when each step is safe, and the button for the step or why not yet.
import { element, prose } from "./element.js";
import { age, moment, time } from "./instant.js";
import { short } from "./summary.js";
import { table } from "./table.js";

const COLUMNS = ["Key", "State", "Age", "Safe to activate", "Safe to remove", "Last seen at edge", "Next step"];
const GONE = ["retired", "revoked"];
const DANGEROUS = ["revoke", "activate anyway"];
const ORDER = ["active", "pending", "retiring", "revoked", "retired"];

/** @param {any[]} keys @param {number} now @param {string | null} barrier why this person may change nothing */
export function keyTable(keys, now, barrier) {
  if (keys.length === 0) return element("p", { class: "empty" }, "This issuer has no key yet. Rotate to make one.");
  const sorted = withWayBack(keys).sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return table("Keys of this issuer, the active one first", COLUMNS, sorted.map((key) => cells(key, now, barrier)));
}

/** @param {any} key @param {number} now @param {string | null} barrier */
function cells(key, now, barrier) {
  return [
    name(key),
    state(key),
    element("span", { class: "nowrap" }, age(key.created_at, now)),
    safeToActivate(key, now),
    safeToRemove(key, now),
    lastSeen(key, now),
    steps(key, now, barrier),
  ];
}

/** @param {any} key */
function name(key) {
  return element(
    "div",
    {},
    element("span", { class: "nowrap" },
      element("code", { title: key.kid }, short(key.kid)),
      copyButton("Copy kid", `kid of ${short(key.kid)}`, key.kid)),
    element("span", { class: "soft" }, `RSA ${key.bits}, ${key.source}`),
  );
}

/** @param {string} label @param {string} what @param {string} text */
function copyButton(label, what, text) {
  return element(
    "button",
    { type: "button", class: "quiet copy", "data-action": "copy", "data-text": text, "aria-label": `Copy ${what}` },
    label,
  );
}

/** @param {any} key @param {number} now */
function lastSeen(key, now) {
  if (!key.last_seen_at_edge) return soft("never");
  const times = `${key.seen_count.toLocaleString("en-GB")} ${key.seen_count === 1 ? "token" : "tokens"}`;
  return element("div", {}, time(key.last_seen_at_edge, now), soft(times));
}

/** @param {any} key */
function state(key) {
  return element(
    "div",
    {},
    element("span", { class: "badge", "data-state": key.state }, key.state),
    key.reason && GONE.includes(key.state) ? soft(key.reason) : null,
  );
}

/** @param {any} key @param {number} now */
function safeToActivate(key, now) {
  if (key.state === "active") return soft("signing now");
  if (key.state !== "pending") return nothing();
  if (key.safe_to_activate?.ok) return element("strong", {}, "Now");
  return key.safe_to_activate_at ? time(key.safe_to_activate_at, now) : soft("once it is confirmed");
}

/** @param {any} key @param {number} now */
function safeToRemove(key, now) {
  if (key.retired_at) return element("div", {}, "Removed ", time(key.retired_at, now), kept(key, now));
  if (key.revoked_at) return element("div", {}, "Revoked ", time(key.revoked_at, now));
  if (key.state === "active") return soft("once another key has replaced it");
  if (!key.safe_to_remove_at) return nothing();
  return isPast(key.safe_to_remove_at, now) ? element("strong", {}, "Now") : time(key.safe_to_remove_at, now);
}

/** What a rollback needs of a key that has left. @param {any} key @param {number} now */
function kept(key, now) {
  if (!key.sealed_until) return null;
  return element("span", { class: "soft" }, "Private half kept sealed until ", time(key.sealed_until, now));
}

/** @param {any} key @param {number} now @param {string | null} barrier */
function steps(key, now, barrier) {
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
      stepButton("revoke", key, barred),
    ),
    reason ? element("span", { class: "soft", id: explained }, prose(reason)) : null,
  );
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
function withWayBack(keys) {
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
const isPast = (at, now) => Date.parse(at) <= now;
/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
const nothing = () => element("span", { class: "nothing" }, "–");
/** @param {string} word */
const title = (word) => word.charAt(0).toUpperCase() + word.slice(1);
/** Without the instant, which is told here by the reader's clock. @param {string} words */
const sentence = (words) => title(words.replace(/; safe at .*$/, ""));
