// @ts-check
// What a button does: the question it asks, the call it makes, and the sentence that tells the outcome.
import * as api from "./api.js";
import { askOne } from "./consent.js";
import { ask } from "./dialog.js";
import { duration } from "./instant.js";
import { activate, activateAnyway, retire, revoke } from "./key_actions.js";
import { short } from "./key_name.js";
import { REASON, emergencySteps, rollBackSteps } from "./plan.js";
import { PLAN } from "./texts/emergency.js";
import * as texts from "./texts/keys.js";
import { DRY_RUN, inWords } from "./texts/shared.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

const { CANCEL, PAUSE, ROLL_BACK, ROTATE } = texts;

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
      title: ROTATE.title,
      plan: [
        ROTATE.made(plan.bits, plan.version),
        ...beforeItSigns(plan),
        ROTATE.stays(short(plan.old_kid), duration(plan.old_key_stays_secs)),
        ROTATE.byItself,
      ],
      fields: [REASON],
      go: ROTATE.go,
    },
    async ({ reason }) => {
      const { rotation } = await api.rotate(issuerId, { reason });
      tell(ROTATE.done(short(rotation.new_kid), rotation.version));
    },
  );
}

/** @param {any} plan */
function beforeItSigns({ waits_for_regions: regions, waits_for_targets: targets, signs_after_secs: secs }) {
  const pause = duration(secs);
  return [
    regions.length === 0 ? ROTATE.noRegion(pause) : ROTATE.regions(inWords(regions), regions.length, pause),
    ...(targets.length === 0 ? [] : [ROTATE.targets(inWords(targets))]),
  ];
}

/** @param {Place} place @param {Tell} tell */
async function emergency(place, tell) {
  const { issuerId, activeKid } = place;
  if (!activeKid) return;
  const plan = await api.emergencyPlan(issuerId);
  askOne(place, tell,
    {
      title: PLAN.title,
      plan: emergencySteps(plan),
      fields: [REASON],
      confirm: { of: plan.revoked_kid, hint: PLAN.start },
      go: PLAN.go,
      danger: true,
    },
    ({ reason, confirm }) => ({ kind: "emergency", issuer: issuerId, confirm, reason }),
    async ({ reason, confirm }) => {
      const answer = await api.emergency(issuerId, { reason, confirm });
      tell(PLAN.done(short(answer.revoked_kid), short(answer.new_kid), answer.version));
    },
  );
}

/** @param {Place} place @param {Tell} tell */
async function rollBack(place, tell) {
  const { issuerId } = place;
  const rehearsed = await api.rollback(issuerId, { reason: DRY_RUN, dry_run: true });
  const kid = short(rehearsed.kid);
  askOne(place, tell,
    {
      title: ROLL_BACK.title(kid),
      plan: rollBackSteps(rehearsed),
      fields: [REASON],
      go: ROLL_BACK.go,
    },
    ({ reason }) => ({ kind: "rollback", issuer: issuerId, reason }),
    async ({ reason }) => {
      const done = await api.rollback(issuerId, { reason });
      tell(done.signs_at_once ? ROLL_BACK.done(kid) : ROLL_BACK.doneLater(kid));
    },
  );
}

/** @param {Place} place @param {Tell} tell */
function pauseRotation({ issuerId }, tell) {
  ask(
    {
      title: PAUSE.title,
      plan: PAUSE.plan,
      fields: [{ ...REASON, required: false }],
      go: PAUSE.go,
    },
    async ({ reason }) => {
      await api.pauseRotation(issuerId, reason ? { reason } : {});
      tell(PAUSE.done);
    },
  );
}

/** @param {Place} place @param {Tell} tell */
async function resumeRotation({ issuerId }, tell) {
  await api.resumeRotation(issuerId);
  tell(texts.RESUMED);
}

/** @param {Place} place @param {Tell} tell */
function cancelRotation({ issuerId }, tell) {
  ask(
    {
      title: CANCEL.title,
      plan: CANCEL.plan,
      fields: [],
      go: CANCEL.go,
    },
    async () => {
      await api.cancelRotation(issuerId);
      tell(CANCEL.done);
    },
  );
}
