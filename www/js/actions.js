// @ts-check
// What a button does: the question it asks, the call it makes, and the sentence that tells the outcome.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { duration } from "./instant.js";
import { short } from "./key_name.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

const REASON = { name: "reason", label: "Reason", hint: "Kept in the audit log.", required: true };

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
function rotate({ issuerId, boundSecs }, tell) {
  const bound = boundSecs ? `, or after ${duration(boundSecs)} where none reports` : "";
  ask(
    {
      title: "Rotate the signing key?",
      plan: [
        "A new key is made and published now. It does not sign yet.",
        `It starts to sign once every region that reports knows it${bound}.`,
        "The old key stays valid until the last token it signed has expired. Nobody is signed out.",
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

/** @param {Place} place @param {Tell} tell */
async function emergency({ issuerId, activeKid }, tell) {
  if (!activeKid) return;
  const plan = await api.emergencyPlan(issuerId);
  ask(
    {
      title: "Emergency: replace a compromised key?",
      plan: [
        "A new key is made and signs at once, before the edge has confirmed it.",
        `Key ${short(activeKid)} is revoked for good.`,
        ...(plan.cancelled_kid ? [`The rotation to key ${short(plan.cancelled_kid)} is called off.`] : []),
        `Every token issued until now is refused: all users must sign in again. ${loggedOut(plan.logged_out)}`,
        `${spread(plan)} The time until then is measured and kept in the audit log.`,
        "This cannot be undone.",
      ],
      fields: [
        REASON,
        { name: "confirm", label: `Type ${short(activeKid)} to confirm`, hint: "The start of the active kid.", required: true },
      ],
      go: "Revoke and replace now",
      danger: true,
    },
    async ({ reason, confirm }) => {
      const answer = await api.emergency(issuerId, { reason, confirm });
      tell(`Key ${short(answer.revoked_kid)} is revoked; ${short(answer.new_kid)} signs. Watch the edge confirm version ${answer.version} below.`);
    },
  );
}

/** Who holds the tokens that would be refused. @param {any[]} keys */
function loggedOut(keys) {
  const uses = keys.map((key) => `${key.seen_count.toLocaleString("en-GB")} of key ${short(key.kid)} (${key.state})`);
  return `Tokens seen at the edge: ${uses.join(", ")}.`;
}

/** @param {any} plan */
function spread({ regions_reporting: regions, propagation_bound_secs: bound }) {
  const silent = `An edge that does not report stops believing the old key within ${duration(bound)}.`;
  if (regions === 0) return `No region reports now. ${silent}`;
  return `It is over when ${regions === 1 ? "the one region that reports has" : `the ${regions} regions that report have`} confirmed it. ${silent}`;
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
function activate({ issuerId }, tell, kid) {
  ask(
    {
      title: `Activate key ${short(kid)}?`,
      plan: [
        "It signs all new tokens from now on.",
        "The key that signs today becomes retiring: its tokens stay valid until they expire.",
      ],
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
function activateAnyway({ issuerId }, tell, kid) {
  ask(
    {
      title: `Activate key ${short(kid)} before the edge has confirmed it?`,
      plan: [
        "It signs all new tokens from now on.",
        "An edge that does not know it yet refuses those tokens until it does. Users may be turned away.",
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
        "The key set gets a new, higher version.",
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

/** @param {Place} place @param {Tell} tell @param {string} kid */
function retire({ issuerId }, tell, kid) {
  ask(
    {
      title: `Retire key ${short(kid)}?`,
      plan: [
        "It leaves the key set, and its private half is destroyed.",
        "The last token it signed has expired, so nobody will notice.",
      ],
      fields: [],
      go: "Retire",
    },
    async () => {
      await api.retire(issuerId, kid);
      tell(`Key ${short(kid)} has left the key set.`);
    },
  );
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
function revoke({ issuerId }, tell, kid) {
  ask(
    {
      title: `Revoke key ${short(kid)}?`,
      plan: [
        "Every token it signed is refused as soon as the edge knows. Users who hold one must sign in again.",
        "It can never come back.",
      ],
      fields: [REASON],
      go: "Revoke for good",
      danger: true,
    },
    async ({ reason }) => {
      await api.revoke(issuerId, kid, { reason });
      tell(`Key ${short(kid)} is revoked.`);
    },
  );
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
