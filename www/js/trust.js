// @ts-check
// What signs the key sets, which root vouches for it, and what must be done about either.
import { element, prose } from "./element.js";
import { moment, time } from "./instant.js";
import { short } from "./key_name.js";
import { table } from "./table.js";

const COLUMNS = ["Root", "Private half", "Vouches for", "Pinned at the edge"];

/** @param {any} signer @param {any[]} roots @param {number} now */
export function trust(signer, roots, now) {
  return [
    element("p", {}, signs(signer, now)),
    signer.warning && element("p", { class: "notice", "data-tone": "warning" }, element("span", {}, prose(sentence(signer.warning)))),
    table("Root keys, the newest first", COLUMNS, roots.map((root) => cells(root, now))),
  ];
}

/** @param {any} signer @param {number} now */
function signs(signer, now) {
  if (signer.kind === "root") {
    return `Key sets are signed by root ${short(signer.root)}, whose private half is on this server.`;
  }
  if (signer.kind === "none") return "Nobody may sign key sets now.";
  return `Key sets are signed by key ${short(signer.kid)} of generation ${signer.generation}, which root `
    + `${short(signer.root)} delegates it to until ${moment(signer.expires_at, now)}.`;
}

/** @param {any} root @param {number} now */
function cells(root, now) {
  const soft = (/** @type {string} */ words) => element("span", { class: "soft" }, words);
  const vouches = root.vouches_for.length > 0 ? root.vouches_for.join(", ") : soft("nothing");
  return [
    element("div", {}, element("code", { title: root.kid }, short(root.kid)), " ", soft(`RSA ${root.bits}`)),
    root.has_private_key ? "on this server" : soft("not here"),
    root.withdrawn_at ? element("div", {}, "Withdrawn ", time(root.withdrawn_at, now)) : vouches,
    pinned(root),
  ];
}

/** @param {any} root */
function pinned({ withdrawn_at: withdrawn, pinned_everywhere: everywhere, regions_reporting: regions, waiting_for: missing }) {
  if (withdrawn) return element("span", { class: "nothing" }, "–");
  if (everywhere) return "by every region that reports";
  return regions === 0 ? "not known: no region reports" : `not by ${missing.join(", ")}`;
}

/** @param {string} words */
const sentence = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
