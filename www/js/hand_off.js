// @ts-check
// Where backends read the key that they sign with: what stands there, since when, and what is being brought there.
import { element, prose } from "./element.js";
import { targetForm } from "./hand_off_form.js";
import { time } from "./instant.js";
import { keyLink } from "./key_name.js";
import { empty, part } from "./part.js";
import { table } from "./table.js";
import * as texts from "./texts/hand_off.js";
import { NOTHING_TO_DO, notFor } from "./texts/shared.js";

/** @param {import("./pages.js").View} view */
export function handOffPanel({ read, now, who }) {
  const mayChange = who.role === "admin";
  return [
    part(read.handOff, ({ targets }) => list(targets, now, mayChange)),
    mayChange ? targetForm() : empty(notFor(who.role, texts.CHANGE_TARGETS)),
  ];
}

/** @param {any[]} targets @param {number} now @param {boolean} mayChange */
function list(targets, now, mayChange) {
  if (targets.length === 0) return empty(texts.NONE);
  return [
    element("p", {}, texts.INTRODUCTION),
    table(texts.CAPTION, texts.COLUMNS, targets.map(({ target, status }) => [
      element("code", {}, target.name),
      where(target.place),
      holds(status),
      proof(status, now),
      state(status, now),
      mayChange ? stepsOf(target.name) : soft(NOTHING_TO_DO),
    ])),
  ];
}

/** @param {string} name */
const stepsOf = (name) => element("div", { class: "actions" },
  element("button", { type: "button", class: "small", "data-action": "edit-target", "data-text": name, "aria-label": texts.changeLabel(name) }, texts.STEPS.change),
  element("button", { type: "button", class: "small danger", "data-action": "remove-target", "data-text": name, "aria-label": texts.removeLabel(name) }, texts.STEPS.remove));

/** A credential is a name; no place has a secret in it. @param {any} place */
function where({ kind, address, mount, path, region, secret, file }) {
  const parts = [address, mount && path ? `${mount}/${path}` : path, region, secret, file].filter(Boolean);
  return element("div", {}, kind, element("span", { class: "soft break" }, parts.join(" ")));
}

/** @param {any} status */
function holds({ held_kid: kid, held_version: version, older_versions: older }) {
  if (!kid) return soft(texts.NOTHING_YET);
  return element("div", {}, keyLink(kid), soft(texts.version(version)),
    older > 0 && soft(texts.older(older)));
}

/** @param {any} status @param {number} now */
function proof({ arrived_at: arrived, seen_at: seen }, now) {
  if (!arrived) return soft(texts.NO_PROOF);
  return element("div", {}, texts.READ_BACK, time(seen ?? arrived, now), element("span", { class: "soft" }, texts.THERE_SINCE, time(arrived, now)));
}

/** @param {any} status @param {number} now */
function state({ waiting_since: since, wanted_kid: wanted, tries, last_error: error, next_try_at: next }, now) {
  const [name, words] = since ? ["waiting", texts.STATES.waits] : tries > 0 ? ["waiting", texts.STATES.failing] : ["active", texts.STATES.inOrder];
  return element("div", {},
    element("span", { class: "badge", "data-state": name }, words),
    since && wanted && element("span", { class: "soft" }, texts.FOR_KEY, keyLink(wanted), texts.SINCE, time(since, now)),
    error && element("span", { class: "soft" }, prose(error)),
    next && element("span", { class: "soft" }, texts.TRIED_AGAIN, time(next, now)));
}

/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
