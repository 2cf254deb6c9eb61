// @ts-check
// What a button does: the question it asks, the call it makes, and the sentence that tells the outcome.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { duration } from "./instant.js";
import { activate, activateAnyway, retire, revoke } from "./key_actions.js";
import { short } from "./key_name.js";
import { REASON, inWords, spread } from "./plan.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

/** @param {string} action @param {string} kid of the row, if the button stands in one @param {Place} place @param {Tell} tell */
export function act(action, kid, place, tell) {
  const plans = {
    rotate,
    emergency,
    activate,
    retire,
    revoke,
    "activate-anyway": activateAnyway,
    "roll-back": rollBack,
    "pause-rotation": pauseRotation,
    "resume-rotation": resumeRotation,
    "cancel-rotation": cancelRotation,
  };
  const plan = plans[/** @type {keyof typeof plans} */ (action)];
  return plan?.(place, tell, kid);
}

/** @param {Place} place @param {Tell} tell */
async function rotate({ issuerId }, tell) {
  const plan = await api.rotate(issuerId, { dry_run: true });
  ask(
    {
      title: "Rotate the signing key?",
      plan: [
        `A new key of ${plan.bits} bits is made and published now, as version ${plan.version}. It does not sign yet.`,
        ...beforeItSigns(plan),
        `Key ${short(plan.old_kid)} stays valid for ${duration(plan.old_key_stays_secs)} after that: then its last token has expired. Nobody is signed out.`,
        "The server does all of this by itself. Until the new key signs, you can cancel.",
      ],
      fields: [REASON],
      go: "Rotate",
    },
    async ({ reason }) => {
      const { rotation } = await api.rotate(issuerId, { reason });
      tell(`Rotation started: key ${short(rotation.new_kid)} is being published as version ${rotation.version}.`);
    },
  );
}

/** @param {any} plan */
function beforeItSigns({ waits_for_regions: regions, waits_for_targets: targets, signs_after_secs: secs }) {
  const pause = duration(secs);
  return [
    regions.length === 0
      ? `No region reports, so it starts to sign ${pause} after it was published: by then every edge knows it.`
      : `It starts to sign once ${inWords(regions)} ${regions.length === 1 ? "has" : "have"} confirmed it, and ${pause} after it was published at the earliest.`,
    ...(targets.length === 0 ? [] : [`Before that it is handed over to ${inWords(targets)}, where backends take it up.`]),
  ];
}

/** @param {Place} place @param {Tell} tell */
async function emergency({ issuerId, activeKid }, tell) {
  if (!activeKid) return;
  const plan = await api.emergencyPlan(issuerId);
  ask(
    {
      title: "Emergency: replace a compromised key?",
      plan: [
        `A new key is made and signs at once, by version ${plan.version}, before the edge has confirmed it.`,
        `Key ${short(plan.revoked_kid)} is revoked for good.`,
        ...calledOff(plan),
        `Every token issued until now is refused: all users must sign in again. ${loggedOut(plan.logged_out)}`,
        `${spread(plan)} The time until then is measured and kept in the audit log.`,
        "This cannot be undone.",
      ],
      fields: [REASON],
      confirm: { of: plan.revoked_kid, hint: "The start of the active kid." },
      go: "Revoke and replace now",
      danger: true,
    },
    async ({ reason, confirm }) => {
      const answer = await api.emergency(issuerId, { reason, confirm });
      tell(`Key ${short(answer.revoked_kid)} is revoked; ${short(answer.new_kid)} signs. Watch the edge confirm version ${answer.version} below.`);
    },
  );
}

/** @param {{cancelled_kid: string | null}} plan */
const calledOff = ({ cancelled_kid: kid }) => (kid ? [`The rotation to key ${short(kid)} is called off.`] : []);

/** Who holds the tokens that would be refused. @param {any[]} keys */
function loggedOut(keys) {
  const uses = keys.map((key) => `${key.seen_count.toLocaleString("en-GB")} of key ${short(key.kid)} (${key.state})`);
  return `Tokens seen at the edge: ${uses.join(", ")}.`;
}

/** @param {Place} place @param {Tell} tell */
async function rollBack({ issuerId }, tell) {
  const rehearsed = await api.rollback(issuerId, { reason: "a dry run", dry_run: true });
  const [kid, from] = [short(rehearsed.kid), short(rehearsed.from_kid)];
  ask(
    {
      title: `Roll back to key ${kid}?`,
      plan: [
        rehearsed.signs_at_once
          ? `Key ${kid} signs all new tokens again from now on; every edge still knows it.`
          : `Key ${kid} has left the key set. It is published again, and signs once every edge has it.`,
        `Key ${from} becomes retiring: its tokens stay valid until they expire. Nobody is signed out.`,
        ...calledOff(rehearsed),
        `The key set gets a new, higher version: ${rehearsed.version}.`,
      ],
      fields: [REASON],
      go: "Roll back",
    },
    async ({ reason }) => {
      const done = await api.rollback(issuerId, { reason });
      tell(done.signs_at_once ? `Key ${kid} signs again.` : `Key ${kid} is published again, and signs once every edge has it.`);
    },
  );
}

/** @param {Place} place @param {Tell} tell */
function pauseRotation({ issuerId }, tell) {
  ask(
    {
      title: "Pause this rotation?",
      plan: ["The new key is published and confirmed as before, but it does not sign until you resume."],
      fields: [{ ...REASON, required: false }],
      go: "Pause",
    },
    async ({ reason }) => {
      await api.pauseRotation(issuerId, reason ? { reason } : {});
      tell("The rotation is paused.");
    },
  );
}

/** @param {Place} place @param {Tell} tell */
async function resumeRotation({ issuerId }, tell) {
  await api.resumeRotation(issuerId);
  tell("The rotation goes on.");
}

/** @param {Place} place @param {Tell} tell */
function cancelRotation({ issuerId }, tell) {
  ask(
    {
      title: "Cancel this rotation?",
      plan: ["The new key leaves the key set before it has signed anything.", "The key that signs today goes on signing."],
      fields: [],
      go: "Cancel rotation",
    },
    async () => {
      await api.cancelRotation(issuerId);
      tell("The rotation is cancelled; nothing changed for anybody.");
    },
  );
}
