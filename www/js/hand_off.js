// @ts-check
// Where backends read the key that they sign with: what stands there, since when, and what is being brought there.
import { element, prose } from "./element.js";
import { time } from "./instant.js";
import { keyLink } from "./key_name.js";
import { empty } from "./part.js";
import { table } from "./table.js";

const COLUMNS = ["Target", "Where", "Holds", "Last proof", "State"];

/** @param {any[]} targets @param {number} now */
export function handOffPanel(targets, now) {
  if (targets.length === 0) {
    return empty(prose("No backend is handed its key. `keystile hand-off set` names the places from which backends read it."));
  }
  return [
    element("p", {}, prose("Before a new key signs, it is written to each of these and read back. `keystile hand-off set` changes them.")),
    table("Targets of the hand-off", COLUMNS, targets.map(({ target, status }) => [
      element("code", {}, target.name),
      where(target.place),
      holds(status),
      proof(status, now),
      state(status, now),
    ])),
  ];
}

/** A credential is a name; no place has a secret in it. @param {any} place */
function where({ kind, address, mount, path, region, secret, file }) {
  const parts = [address, mount && path ? `${mount}/${path}` : path, region, secret, file].filter(Boolean);
  return element("div", {}, kind, element("span", { class: "soft break" }, parts.join(" ")));
}

/** @param {any} status */
function holds({ held_kid: kid, held_version: version, older_versions: older }) {
  if (!kid) return soft("nothing yet");
  return element("div", {}, keyLink(kid), soft(`version ${version}`),
    older > 0 && soft(`${older} older ${older === 1 ? "version holds" : "versions hold"} keys from before`));
}

/** @param {any} status @param {number} now */
function proof({ arrived_at: arrived, seen_at: seen }, now) {
  if (!arrived) return soft("none");
  return element("div", {}, "Read back ", time(seen ?? arrived, now), element("span", { class: "soft" }, "there since ", time(arrived, now)));
}

/** @param {any} status @param {number} now */
function state({ waiting_since: since, wanted_kid: wanted, tries, last_error: error, next_try_at: next }, now) {
  const [name, words] = since ? ["waiting", "waits"] : tries > 0 ? ["waiting", "failing"] : ["active", "in order"];
  return element("div", {},
    element("span", { class: "badge", "data-state": name }, words),
    since && wanted && element("span", { class: "soft" }, "for key ", keyLink(wanted), " since ", time(since, now)),
    error && element("span", { class: "soft" }, prose(error)),
    next && element("span", { class: "soft" }, "tried again ", time(next, now)));
}

/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
