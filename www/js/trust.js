// @ts-check
// What signs the key sets, which root vouches for it, and what must be done about either.
import { element, prose } from "./element.js";
import { moment, time } from "./instant.js";
import { short } from "./key_name.js";
import { table } from "./table.js";
import { TRUST } from "./texts/settings.js";
import { NONE, rsa, sentence } from "./texts/shared.js";

/** @param {any} signer @param {any[]} roots @param {number} now */
export function trust(signer, roots, now) {
  return [
    element("p", {}, signs(signer, now)),
    signer.warning && element("p", { class: "notice", "data-tone": "warning" }, element("span", {}, prose(sentence(signer.warning)))),
    table(TRUST.caption, TRUST.columns, roots.map((root) => cells(root, now))),
  ];
}

/** @param {any} signer @param {number} now */
function signs(signer, now) {
  if (signer.kind === "root") return TRUST.byRoot(short(signer.root));
  if (signer.kind === "none") return TRUST.byNobody;
  return TRUST.byKey(short(signer.kid), signer.generation, short(signer.root), moment(signer.expires_at, now));
}

/** @param {any} root @param {number} now */
function cells(root, now) {
  const soft = (/** @type {string} */ words) => element("span", { class: "soft" }, words);
  const vouches = root.vouches_for.length > 0 ? root.vouches_for.join(", ") : soft(TRUST.nothing);
  return [
    element("div", {}, element("code", { title: root.kid }, short(root.kid)), " ", soft(rsa(root.bits))),
    root.has_private_key ? TRUST.here : soft(TRUST.notHere),
    root.withdrawn_at ? element("div", {}, TRUST.withdrawn, time(root.withdrawn_at, now)) : vouches,
    pinned(root),
  ];
}

/** @param {any} root */
function pinned({ withdrawn_at: withdrawn, pinned_everywhere: everywhere, regions_reporting: regions, waiting_for: missing }) {
  if (withdrawn) return element("span", { class: "nothing" }, NONE);
  if (everywhere) return TRUST.everywhere;
  return regions === 0 ? TRUST.notKnown : TRUST.notBy(missing);
}
