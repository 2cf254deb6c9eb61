// @ts-check
// For how long entries of the audit log are kept, and the legal holds that keep them longer.
import * as api from "./api.js";
import { askOne } from "./consent.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { time } from "./instant.js";
import { atLength, empty, panel, part } from "./part.js";
import { REASON } from "./plan.js";
import { table, written } from "./table.js";
import * as texts from "./texts/keeping.js";
import { START_OF_ID, number } from "./texts/shared.js";

const { HOLD, HOLDS, RELEASE, RETENTION } = texts;

export const reads = { retention: api.auditRetention, holds: api.legalHolds };

/** @param {import("./pages.js").View} view */
export function keepingPanel({ read, now, who }) {
  const mayChange = who.role === "admin";
  return panel(texts.TITLE, {},
    part(read.retention, (retention) => [said(retention, now), mayChange && retentionForm(retention)]),
    element("h3", {}, HOLDS.title),
    element("p", { class: "soft" }, HOLDS.introduction, " ", mayChange && HOLD.bounds),
    mayChange && holdForm(),
    part(read.holds, (holds) => list(holds, now, mayChange)));
}

/** @param {number | null} days */
const howLong = (days) => (days === null ? texts.FOR_EVER : texts.days(number(days)));

/** @param {any} retention @param {number} now */
function said({ days, next_days: next, next_at: at, first_entry: first, deleted_until: until }, now) {
  return element("div", {},
    element("p", {}, texts.kept(howLong(days))),
    next !== null && element("p", { class: "notice", "data-tone": "warning", role: "status" }, element("span", {}, texts.soon(howLong(next)), time(at, now))),
    element("p", { class: "soft" }, until ? [texts.deleted(number(first)), time(until, now)] : texts.NONE_DELETED));
}

/** @param {any} retention */
function retentionForm({ days }) {
  const options = RETENTION.choices.map(([value, words]) => element("option", { value, selected: value === String(days ?? "") }, words));
  return element("form", { class: "take-back", name: "retention", "data-days": days === null ? "" : String(days) },
    element("label", {}, RETENTION.label, element("select", { name: "days" }, options)),
    element("button", { type: "submit" }, RETENTION.button));
}

const holdForm = () => element("form", { class: "take-back", name: "hold" },
  element("label", {}, HOLD.from, element("input", { name: "from", type: "date" })),
  element("label", {}, HOLD.to, element("input", { name: "to", type: "date" })),
  element("button", { type: "submit" }, HOLD.button));

/** @param {any[]} holds @param {number} now @param {boolean} mayChange */
function list(holds, now, mayChange) {
  if (holds.length === 0) return empty(HOLDS.none);
  return atLength(HOLDS.caption, holds, (shown) => table(HOLDS.caption, HOLDS.columns, shown.map((hold) => [
    element("div", {}, covered(hold, now), element("span", { class: "soft" }, element("code", {}, hold.id))),
    element("div", {}, time(hold.set_at, now), element("span", { class: "soft" }, hold.set_by)),
    written(hold.reason),
    state(hold, now, mayChange),
  ])));
}

/** @param {any} hold @param {number} now */
function covered({ from, to }, now) {
  if (!from && !to) return HOLDS.everything;
  return element("span", {}, from && [HOLDS.from, " ", time(from, now)], from && to && " ", to && [HOLDS.to, " ", time(to, now)]);
}

/** @param {any} hold @param {number} now @param {boolean} mayChange */
function state({ id, released_at: released, released_by: by, release_reason: why }, now, mayChange) {
  if (released) return element("div", {}, HOLDS.released, " ", time(released, now), element("span", { class: "soft" }, `${by}: ${why}`));
  if (!mayChange) return HOLDS.stands;
  return element("button", { type: "button", class: "small danger", "data-action": "release-hold", "data-text": id, "aria-label": RELEASE.label(id) }, RELEASE.button);
}

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export function onKeepingSubmit(form, place, tell) {
  const name = form.getAttribute("name");
  if (name === "retention") setRetention(form, place, tell);
  if (name === "hold") setHold(form, tell);
}

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
function setRetention(form, place, tell) {
  const chosen = String(new FormData(form).get("days"));
  const [days, before] = [chosen, form.dataset.days ?? ""].map((text) => (text === "" ? null : Number(text)));
  const isSooner = days !== null && (before === null || days < before);
  const question = {
    title: RETENTION.title(howLong(days)),
    plan: [isSooner ? RETENTION.sooner : RETENTION.longer, RETENTION.held],
    fields: [REASON],
    go: RETENTION.go,
    danger: isSooner,
  };
  /** @param {Record<string, string>} answers */
  const set = async ({ reason }) => {
    await api.setAuditRetention({ days, reason });
    tell(RETENTION.done);
  };
  if (isSooner) askOne(place, tell, question, ({ reason }) => ({ kind: "shorten_retention", days, reason }), set);
  else ask(question, set);
}

/** A day stands for its first instant, in UTC. @param {FormDataEntryValue | null} day */
const instant = (day) => (day ? Date.parse(`${day}T00:00:00Z`) / 1000 : undefined);

/** @param {HTMLFormElement} form @param {import("./pages.js").Tell} tell */
function setHold(form, tell) {
  const said = new FormData(form);
  const [from, to] = [said.get("from"), said.get("to")].map(instant);
  ask({ title: HOLD.title, plan: HOLD.plan, fields: [REASON], go: HOLD.go }, async ({ reason }) => {
    await api.setLegalHold({ reason, from, to });
    form.reset();
    tell(HOLD.done);
  });
}

/** @param {string} id @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export async function releaseHold(id, place, tell) {
  askOne(place, tell, {
    title: RELEASE.title,
    plan: RELEASE.plan,
    fields: [REASON],
    confirm: { of: id, hint: START_OF_ID },
    go: RELEASE.go,
    danger: true,
  }, ({ reason }) => ({ kind: "release_hold", id, reason }), async ({ reason }) => {
    await api.releaseLegalHold(id, { reason });
    tell(RELEASE.done);
  });
}
