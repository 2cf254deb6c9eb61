// @ts-check
// The steps of one key: each is rehearsed by the server before somebody is asked.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { duration, moment } from "./instant.js";
import { short } from "./key_name.js";
import { REASON, spread } from "./plan.js";
import { isUnderWay } from "./rotation.js";
import * as texts from "./texts/keys.js";
import { DRY_RUN, START_OF_KID, inWords, number } from "./texts/shared.js";

const { ACTIVATE, ACTIVATE_ANYWAY, RETIRE, REVOKE } = texts;

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function activate({ issuerId, activeKid }, tell, kid) {
  const plan = await api.activate(issuerId, kid, { dry_run: true });
  ask(
    {
      title: ACTIVATE.title(short(kid)),
      plan: signing(plan, activeKid),
      fields: [],
      go: ACTIVATE.go,
    },
    async () => {
      await api.activate(issuerId, kid);
      tell(ACTIVATE.done(short(kid)));
    },
  );
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function activateAnyway({ issuerId, activeKid }, tell, kid) {
  const plan = await api.activate(issuerId, kid, { dry_run: true, override_reason: DRY_RUN });
  const { regions_without_key: lacking, arrival_bound_secs: bound } = plan;
  ask(
    {
      title: ACTIVATE_ANYWAY.title(short(kid)),
      plan: [
        ...signing(plan, activeKid),
        lacking.length > 0 ? ACTIVATE_ANYWAY.lacking(inWords(lacking), lacking.length) : ACTIVATE_ANYWAY.silent,
        ACTIVATE_ANYWAY.takes(duration(bound)),
      ],
      fields: [REASON],
      go: ACTIVATE_ANYWAY.go,
      danger: true,
    },
    async ({ reason }) => {
      await api.activate(issuerId, kid, { override_reason: reason });
      tell(ACTIVATE_ANYWAY.done(short(kid)));
    },
  );
}

/** @param {any} plan @param {string} activeKid */
function signing(plan, activeKid) {
  return [
    ACTIVATE.signs(short(plan.active_kid), plan.version),
    ACTIVATE.retiring(short(activeKid)),
  ];
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function retire({ issuerId, view }, tell, kid) {
  const plan = await api.retire(issuerId, kid, { dry_run: true });
  const sealed = plan.key.sealed_until;
  ask(
    {
      title: RETIRE.title(short(kid)),
      plan: [
        RETIRE.leaves(plan.version),
        sealed ? RETIRE.sealed(moment(sealed, view.now)) : RETIRE.destroyed,
        RETIRE.expired(seen(plan.key, view.now)),
      ],
      fields: [],
      ...(sealed ? {} : { confirm: { of: kid, hint: START_OF_KID } }),
      go: RETIRE.go,
    },
    async () => {
      await api.retire(issuerId, kid);
      tell(RETIRE.done(short(kid)));
    },
  );
}

/** @param {Place} place @param {Tell} tell @param {string} kid */
export async function revoke({ issuerId, view }, tell, kid) {
  const plan = await api.revoke(issuerId, kid, { reason: DRY_RUN, dry_run: true });
  const { rotation } = view.issuer;
  ask(
    {
      title: REVOKE.title(short(kid)),
      plan: [
        REVOKE.leaves(plan.version),
        ...(isUnderWay(rotation) && rotation.new_kid === kid ? [REVOKE.rotationEnds] : []),
        plan.key.seen_count === 0 ? REVOKE.neverSeen : REVOKE.refused(seen(plan.key, view.now)),
        spread(plan),
        REVOKE.forGood,
      ],
      fields: [REASON],
      confirm: { of: kid, hint: START_OF_KID },
      go: REVOKE.go,
      danger: true,
    },
    async ({ reason }) => {
      await api.revoke(issuerId, kid, { reason });
      tell(REVOKE.done(short(kid)));
    },
  );
}

/** @param {any} key @param {number} now */
function seen({ seen_count: count, last_seen_at_edge: at }, now) {
  if (!at) return texts.NEVER_SEEN;
  return texts.seen(number(count), moment(at, now));
}
