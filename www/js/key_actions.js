// @ts-check
// The steps of one key: each is rehearsed by the server before somebody is asked.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { duration, moment } from "./instant.js";
import { short } from "./key_name.js";
import { REASON, inWords, spread } from "./plan.js";
import { isUnderWay } from "./rotation.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function activate({ issuerId, activeKid }, tell, kid) {
  const plan = await api.activate(issuerId, kid, { dry_run: true });
  ask(
    {
      title: `Activate key ${short(kid)}?`,
      plan: signing(plan, activeKid),
      fields: [],
      go: "Activate",
    },
    async () => {
      await api.activate(issuerId, kid);
      tell(`Key ${short(kid)} signs from now on.`);
    },
  );
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function activateAnyway({ issuerId, activeKid }, tell, kid) {
  const plan = await api.activate(issuerId, kid, { dry_run: true, override_reason: "a dry run" });
  const { regions_without_key: lacking, arrival_bound_secs: bound } = plan;
  ask(
    {
      title: `Activate key ${short(kid)} before the edge has confirmed it?`,
      plan: [
        ...signing(plan, activeKid),
        lacking.length > 0
          ? `${inWords(lacking)} ${lacking.length === 1 ? "lacks" : "lack"} it now, and ${lacking.length === 1 ? "refuses" : "refuse"} its tokens until that is over. Users are turned away there.`
          : "An edge that does not report may not know it yet, and refuses its tokens until it does. Users may be turned away.",
        `That takes ${duration(bound)} from its publication at the most, wherever the store can be read.`,
      ],
      fields: [REASON],
      go: "Activate anyway",
      danger: true,
    },
    async ({ reason }) => {
      await api.activate(issuerId, kid, { override_reason: reason });
      tell(`Key ${short(kid)} signs from now on, unconfirmed.`);
    },
  );
}

/** @param {any} plan @param {string} activeKid */
function signing(plan, activeKid) {
  return [
    `Key ${short(plan.active_kid)} signs all new tokens from now on, by version ${plan.version}.`,
    `Key ${short(activeKid)}, which signs today, becomes retiring: its tokens stay valid until they expire.`,
  ];
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function retire({ issuerId, view }, tell, kid) {
  const plan = await api.retire(issuerId, kid, { dry_run: true });
  const sealed = plan.key.sealed_until;
  ask(
    {
      title: `Retire key ${short(kid)}?`,
      plan: [
        `It leaves the key set, by version ${plan.version}.`,
        sealed
          ? `Its private half is kept sealed for a rollback: ${moment(sealed, view.now)}.`
          : "Its private half is destroyed: this cannot be undone.",
        `The last token it signed has expired, so nobody will notice. ${seen(plan.key, view.now)}`,
      ],
      fields: [],
      ...(sealed ? {} : { confirm: { of: kid, hint: "The start of its kid." } }),
      go: "Retire",
    },
    async () => {
      await api.retire(issuerId, kid);
      tell(`Key ${short(kid)} has left the key set.`);
    },
  );
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function revoke({ issuerId, view }, tell, kid) {
  const plan = await api.revoke(issuerId, kid, { reason: "a dry run", dry_run: true });
  const { rotation } = view.issuer;
  ask(
    {
      title: `Revoke key ${short(kid)}?`,
      plan: [
        `It leaves the key set for good, by version ${plan.version}, and its private half is destroyed.`,
        ...(isUnderWay(rotation) && rotation.new_kid === kid ? ["The rotation to it ends."] : []),
        plan.key.seen_count === 0
          ? "No edge has ever seen a token of it."
          : `Every token it signed is refused: whoever holds one must sign in again. ${seen(plan.key, view.now)}`,
        spread(plan),
        "This cannot be undone: the key can never come back.",
      ],
      fields: [REASON],
      confirm: { of: kid, hint: "The start of its kid." },
      go: "Revoke for good",
      danger: true,
    },
    async ({ reason }) => {
      await api.revoke(issuerId, kid, { reason });
      tell(`Key ${short(kid)} is revoked.`);
    },
  );
}

/** @param {any} key @param {number} now */
function seen({ seen_count: count, last_seen_at_edge: at }, now) {
  if (!at) return "No edge has ever seen one.";
  return `The edge has seen ${count.toLocaleString("en-GB")} of them, the last one at ${moment(at, now)}.`;
}
