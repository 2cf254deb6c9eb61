// @ts-check
// What takes two people: what waits for somebody, what may be done now, and what one person did alone.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { time } from "./instant.js";
import { atLength, empty, panel, part } from "./part.js";
import { REASON, emergencySteps, rollBackSteps } from "./plan.js";
import { shownOnce } from "./shown_once.js";
import { table, written } from "./table.js";
import * as words from "./texts/approvals.js";
import { INVITED, MADE } from "./texts/people.js";

/** Deeds that this page can do. The others need what only their own page or command has. */
const DONE_HERE = ["emergency", "rollback", "withdraw_root", "install_delegation", "set_hand_off", "end_approval", "shorten_retention", "release_hold", "grant_access"];
const OPEN = ["waiting", "approved", "glass_broken"];
/** What the server has rehearsed, in words. */
const STEPS = /** @type {Record<string, (plan: any) => string[]>} */ ({ emergency: emergencySteps, rollback: rollBackSteps });

/** The access that was given last: its secret is shown once. @type {{words: import("./shown_once.js").Words, name: string, secret: string} | null} */
let given = null;

export const reads = { approvals: api.approvals };

export function leave() {
  given = null;
}

/** @param {import("./pages.js").View} view */
export function render(view) {
  return part(view.read.approvals, (/** @type {any[]} */ all) => {
    const mine = all.filter((it) => ["approved", "glass_broken"].includes(it.state) && it.asked_by === view.who.principal);
    const alone = all.filter((it) => it.glass_broken && !it.reviewed_by);
    return [
      given && shownOnce(given.words, given.name, given.secret),
      panel(words.WAITING, {}, element("p", {}, words.INTRODUCTION),
        open(words.WAITING, all.filter((it) => it.state === "waiting"), view, words.NONE_WAITS)),
      mine.length > 0 && panel(words.GIVEN, {}, open(words.GIVEN, mine, view, words.NONE_GIVEN)),
      alone.length > 0 && panel(words.ALONE, {}, open(words.ALONE, alone, view, words.NONE_GIVEN)),
      panel(words.BEFORE, {}, before(all.filter((it) => !OPEN.includes(it.state)), view.now)),
    ];
  });
}

/** @param {string} caption @param {any[]} all @param {import("./pages.js").View} view @param {string} nothing */
function open(caption, all, view, nothing) {
  if (all.length === 0) return empty(nothing);
  return atLength(caption, all, (shown) => table(caption, words.COLUMNS.open, shown.map((it) => [
    what(it),
    it.asked_by,
    time(it.expires_at, view.now),
    steps(it, view),
  ])));
}

/** @param {any[]} all @param {number} now */
function before(all, now) {
  if (all.length === 0) return empty(words.NONE_BEFORE);
  return atLength(words.BEFORE, all, (shown) => table(words.BEFORE, words.COLUMNS.before, shown.map((it) => [
    what(it),
    it.asked_by,
    element("div", {}, `${words.STATES[it.state]}${it.glass_broken ? `, ${words.BROKEN}` : ""}`,
      element("span", { class: "soft" }, [it.answered_by, it.answer_reason].filter(Boolean).join(": "))),
    time(it.used_at ?? it.answered_at ?? it.expires_at, now),
  ])));
}

/** @param {any} it */
const what = ({ deed, id }) => written(words.DEEDS[deed.kind](deed), element("span", { class: "soft" }, element("code", {}, id)));

/** @param {any} it @param {import("./pages.js").View} view */
function steps(it, { who, barrier }) {
  const own = it.asked_by === who.principal;
  const button = (/** @type {string} */ action, /** @type {string} */ label, style = "small") =>
    element("button", { type: "button", class: style, "data-action": action, "data-text": it.id, "aria-disabled": barrier ? "true" : null, title: barrier }, label);
  const here = DONE_HERE.includes(it.deed.kind);
  if (it.glass_broken && it.used_at) return own ? words.OWN : button("review-glass", words.REVIEW.button);
  if (it.state !== "waiting") {
    if (!own) return it.glass_broken ? button("review-glass", words.REVIEW.button) : words.STATES[it.state];
    return here ? button("do-approved", words.DO.button) : words.ELSEWHERE;
  }
  if (!own) return element("div", { class: "actions" }, button("approve", words.APPROVE.button), button("refuse-approval", words.REFUSE.button));
  return here ? button("break-glass", words.BREAK_GLASS.button, "small danger") : words.OWN;
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Place} _ @param {import("./pages.js").Tell} tell */
export function onAction(action, { text: id = "" }, _, tell) {
  const deeds = { approve, "refuse-approval": refuse, "do-approved": doIt, "break-glass": breakGlass, "review-glass": review };
  const deed = deeds[/** @type {keyof typeof deeds} */ (action)];
  return deed?.(id, tell);
}

/** @param {string} id @param {import("./pages.js").Tell} tell */
async function approve(id, tell) {
  const it = await api.approval(id);
  const { kind, ...parameters } = it.deed;
  ask({
    title: words.APPROVE.title(words.DEEDS[kind](it.deed)),
    plan: [
      words.APPROVE.asked(it.asked_by, it.deed.reason ?? ""),
      words.APPROVE.exactly(Object.entries(parameters).filter(([, value]) => value !== null)),
      ...(it.plan ? STEPS[kind](it.plan).map(words.APPROVE.would) : []),
      words.APPROVE.then,
    ],
    fields: [{ ...REASON, required: false }],
    go: words.APPROVE.go,
  }, async ({ reason }) => {
    await api.approve(id, reason ? { reason } : {});
    tell(words.APPROVE.done);
  });
}

/** @param {string} id @param {import("./pages.js").Tell} tell */
async function refuse(id, tell) {
  const { deed } = await api.approval(id);
  ask({ title: words.REFUSE.title(words.DEEDS[deed.kind](deed)), plan: words.REFUSE.plan, fields: [REASON], go: words.REFUSE.go }, async ({ reason }) => {
    await api.refuseApproval(id, { reason });
    tell(words.REFUSE.done);
  });
}

/** @param {string} id @param {import("./pages.js").Tell} tell */
async function doIt(id, tell) {
  const { deed } = await api.approval(id);
  const plan = [...words.DO.plan, ...(deed.by === "api_token" ? [words.DO.ends(api.GRANTED_DAYS)] : [])];
  ask({ title: words.APPROVE.title(words.DEEDS[deed.kind](deed)), plan, fields: [], go: words.DO.go, danger: true }, async () => {
    keep(deed, await api.doApproved(deed, id));
    tell(words.DO.done);
  });
}

/** What was made for somebody, to be shown. @param {any} deed @param {{token?: string, invitation?: string}} answer */
function keep({ kind, by, to }, { token = "", invitation = "" }) {
  if (kind !== "grant_access") return;
  given = by === "api_token" ? { words: MADE, name: to, secret: token } : { words: INVITED, name: to, secret: invitation };
}

/** @param {string} id @param {import("./pages.js").Tell} tell */
async function breakGlass(id, tell) {
  const { deed } = await api.approval(id);
  ask({
    title: words.BREAK_GLASS.title(words.DEEDS[deed.kind](deed)),
    plan: words.BREAK_GLASS.plan,
    fields: [{ name: "why", required: true, ...words.BREAK_GLASS.field }],
    go: words.BREAK_GLASS.go,
    danger: true,
  }, async ({ why }) => {
    const broken = await api.askForApproval(deed, why);
    keep(broken.deed, await api.doApproved(broken.deed, broken.id));
    tell(words.DO.done);
  });
}

/** @param {string} id @param {import("./pages.js").Tell} tell */
async function review(id, tell) {
  const it = await api.approval(id);
  ask({
    title: words.REVIEW.title(it.asked_by),
    plan: [words.DEEDS[it.deed.kind](it.deed), ...words.REVIEW.plan(it.answer_reason)],
    fields: [{ name: "finding", required: true, ...words.REVIEW.field }],
    go: words.REVIEW.go,
  }, async ({ finding }) => {
    await api.reviewBrokenGlass(id, { finding });
    tell(words.REVIEW.done);
  });
}
