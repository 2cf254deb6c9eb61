// @ts-check
// The console: who is signed in, what the server says, and which page shows it.
import { act } from "./actions.js";
import * as api from "./api.js";
import { prepareDialog } from "./dialog.js";
import { byId, element, prose, show } from "./element.js";
import { follow } from "./follow.js";
import { duration } from "./instant.js";
import { navigation } from "./navigation.js";
import { pages } from "./pages.js";
import { refusal, showAll } from "./part.js";
import { prepareRouter, route } from "./router.js";
import { isUnderWay } from "./rotation.js";
import { prepareSignIn, startAgain } from "./sign_in.js";
import { short } from "./key_name.js";
import * as texts from "./texts/frame.js";
import { PAGES } from "./texts/shared.js";

const CHANGERS = ["operator", "admin"];
/** What a page reads changes with the status, and some of it by time alone. */
const READ_AGAIN = 5_000;
/** Events may come thick and fast; a page reads at most so often. */
const READ_PAUSE = 1_000;

/** What the server said last. */
const seen = {
  /** @type {{role: string, label: string, principal: string} | null} */ who: null,
  /** @type {any} */ status: null,
  /** @type {any} */ settings: null,
  /** @type {Record<string, any>} */ read: {},
  /** @type {import("./follow.js").Lost | null} */ lost: null,
  issuerId: "",
  /** Server's clock minus ours, in milliseconds. */
  clockOffset: 0,
};

let at = route();
let readAt = 0;
/** @type {ReturnType<typeof follow> | null} */
let following = null;
let announced = "";

start();

async function start() {
  prepareDialog();
  prepareRouter(move);
  byId("sign-in-form").addEventListener("submit", onSignIn);
  prepareSignIn(enter);
  byId("issuer-select").addEventListener("change", onIssuerChosen);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("input", onChange);
  document.addEventListener("change", onChange);
  setInterval(render, 1_000);
  setInterval(() => readPage(READ_AGAIN), 1_000);
  try {
    enter(await api.session());
  } catch (error) {
    const known = error instanceof api.Refusal;
    leave(known ? "" : texts.NO_ANSWER_AT_FIRST);
  }
}

/** @param {{role: string, label: string, principal: string}} who */
function enter(who) {
  seen.who = who;
  seen.read = {};
  for (const id of ["console", "session", "sign-out", "navigation"]) byId(id).hidden = false;
  for (const id of ["sign-in", "starting"]) byId(id).hidden = true;
  byId("who").textContent = texts.who(who.label, who.role);
  move();
  following = follow(take, onAnswer);
}

/** @param {string} why */
function leave(why) {
  // An answer that comes after somebody has left takes nothing from whoever is just signing in.
  if (!seen.who && !byId("sign-in").hidden) return;
  following?.stop();
  following = null;
  Object.assign(seen, { who: null, status: null, settings: null, read: {}, lost: null });
  byId("dialog").close();
  byId("page").replaceChildren();
  for (const id of ["console", "session", "sign-out", "navigation", "starting"]) byId(id).hidden = true;
  byId("sign-in").hidden = false;
  startAgain();
  byId("sign-in-error").textContent = why;
  document.title = texts.documentTitle(texts.SIGN_IN);
  byId("token").focus();
}

/** Shows the page of the address. */
function move() {
  const before = at;
  at = route();
  if (!seen.who) return;
  const isElsewhere = before.page !== at.page || before.kid !== at.kid;
  if (isElsewhere) {
    pages[before.page].leave?.();
    seen.read = {};
    byId("outcome").hidden = true;
    byId("page").replaceChildren();
    byId("page").setAttribute("aria-busy", "true");
  }
  document.title = texts.documentTitle(title());
  byId("page-title").textContent = title();
  show(byId("navigation"), navigation(at.page));
  render();
  readPage(0);
  if (!isElsewhere) return;
  scrollTo(0, 0);
  byId("page-title").focus();
}

function title() {
  if (at.page === "key") return texts.keyTitle(short(at.kid));
  return PAGES[/** @type {keyof typeof PAGES} */ (at.page)] ?? texts.NOTHING_HERE;
}

/** @param {any} status */
async function take(status) {
  if (!seen.who) return;
  seen.status = status;
  seen.clockOffset = Date.parse(status.now) - Date.now();
  const chosen = status.issuers.find((/** @type {any} */ one) => one.id === seen.issuerId) ?? status.issuers[0];
  if (seen.issuerId !== chosen.id) seen.read = {};
  seen.issuerId = chosen.id;
  if (seen.settings?.id !== chosen.id) seen.settings = await api.issuer(chosen.id);
  await readPage(READ_PAUSE);
}

/** Reads what the page shows besides the status, unless that was done within `pause`. @param {number} pause */
async function readPage(pause) {
  const reads = Object.entries(pages[at.page].reads ?? {});
  if (!seen.who || !seen.issuerId || Date.now() - readAt < pause || document.hidden) return;
  readAt = Date.now();
  const asked = at;
  await Promise.all(reads.map(async ([name, read]) => {
    const answer = await read(seen.issuerId, asked.kid).catch((error) => error);
    if (asked !== at) return;
    if (answer instanceof api.Refusal && answer.status === 401) return leave(texts.SESSION_ENDED);
    // While the server does not answer, what it said last stays in sight. A line that is dead is not always seen to be.
    if (answer instanceof api.Refusal || !(answer instanceof Error)) seen.read[name] = answer;
    else if (!seen.lost) following?.now();
  }));
  render();
}

/** @param {typeof seen.lost} lost */
function onAnswer(lost) {
  if (lost?.error instanceof api.Refusal && lost.error.status === 401) return leave(texts.SESSION_ENDED);
  if (lost && !seen.lost) announce(texts.LOST);
  if (!lost && seen.lost) announce(texts.BACK);
  seen.lost = lost;
  render();
}

/** @returns {import("./pages.js").View | null} */
function view() {
  const { who, status, settings, read } = seen;
  const issuer = status?.issuers.find((/** @type {any} */ one) => one.id === seen.issuerId);
  if (!who || !issuer || !settings) return null;
  const now = Date.now() + seen.clockOffset;
  return { who, status, issuer, settings, policy: settings.policy, read, now, barrier: whyNot(), kid: at.kid };
}

function render() {
  renderConnection();
  const seeing = view();
  if (!seeing) return;
  renderIssuers(seeing.issuer);
  show(byId("page-actions"), pages[at.page].heading?.(seeing) ?? []);
  show(byId("page"), pages[at.page].render(seeing));
  byId("page").removeAttribute("aria-busy");
  announceState(seeing.issuer);
}

function renderConnection() {
  const { lost } = seen;
  const connection = byId("connection");
  const state = lost ? "lost" : seen.status ? "live" : "waiting";
  connection.dataset.state = state;
  connection.textContent = texts.CONNECTION[state];
  byId("lost").hidden = !lost;
  if (!lost) return;
  const ago = duration((Date.now() - lost.since) / 1000);
  const next = Math.max(0, (lost.nextTry - Date.now()) / 1000);
  show(
    byId("lost"),
    element("span", {}, texts.shownFrom(problem(lost.error), ago, duration(next))),
    element("button", { type: "button", class: "small", "data-action": "try-now" }, texts.TRY_NOW),
  );
}

/** @param {Error} error */
function problem(error) {
  return error instanceof api.Refusal ? texts.cannotAnswer(refusal(error)) : texts.NO_ANSWER;
}

/** @param {any} issuer */
function renderIssuers(issuer) {
  byId("issuer-choice").hidden = seen.status.issuers.length < 2;
  show(
    byId("issuer-select"),
    seen.status.issuers.map((/** @type {any} */ one) =>
      element("option", { value: one.id, selected: one.id === issuer.id }, one.id)),
  );
}

/** Why the one who is signed in may change nothing, if so. */
function whyNot() {
  if (seen.lost) return texts.NOT_WHILE_LOST;
  if (seen.who && CHANGERS.includes(seen.who.role)) return null;
  return texts.mayOnlyLook(seen.who?.role);
}

/** Says aloud what changed, and only that: the ages on the page change every second. @param {any} issuer */
function announceState(issuer) {
  const { STATE } = texts;
  const parts = [
    issuer.active_kid ? STATE.active(short(issuer.active_kid)) : STATE.noKey,
    isUnderWay(issuer.rotation) ? STATE.rotation(issuer.rotation.stage) : "",
    issuer.emergency ? STATE.emergency(issuer.emergency.regions_confirmed, issuer.emergency.regions_reporting) : "",
    issuer.push.pending ? STATE.push : "",
    issuer.edge.confirmed ? STATE.confirmed(issuer.edge.version) : "",
  ];
  const words = parts.filter(Boolean).join(" ");
  if (words !== announced) announce(words);
  announced = words;
}

/** @param {string} words */
function announce(words) {
  byId("announcer").textContent = words;
}

/** @param {string} words @param {string} [tone] of what went otherwise than it should */
function tell(words, tone = "good") {
  const outcome = byId("outcome");
  outcome.hidden = false;
  outcome.dataset.tone = tone;
  show(
    outcome,
    element("span", {}, prose(words)),
    element("button", { type: "button", class: "small quiet", "data-action": "dismiss" }, texts.DISMISS),
  );
  announce(words.replaceAll("`", ""));
  readAt = 0;
  following?.now();
}

/** @param {SubmitEvent} event */
async function onSignIn(event) {
  event.preventDefault();
  const field = byId("token");
  byId("sign-in-error").textContent = "";
  try {
    const who = await api.signIn(field.value.trim());
    // The token is not needed any more: from here on the cookie, which scripts cannot read, speaks for us.
    field.value = "";
    enter(who);
  } catch (error) {
    show(byId("sign-in-error"), prose(/** @type {Error} */ (error).message));
    field.focus();
  }
}

function onIssuerChosen() {
  Object.assign(seen, { issuerId: byId("issuer-select").value, read: {} });
  following?.now();
}

/** @param {MouseEvent} event */
function onClick(event) {
  const button = event.target instanceof Element ? event.target.closest("button[data-action]") : null;
  if (!(button instanceof HTMLButtonElement) || button.getAttribute("aria-disabled") === "true") return;
  const { action = "", kid = "", text = "" } = button.dataset;
  if (action === "sign-out") api.signOut().finally(() => leave(""));
  else if (action === "try-now") following?.now();
  else if (action === "dismiss") byId("outcome").hidden = true;
  else if (action === "close-dialog") byId("dialog").close();
  else if (action === "show-all") showAll(text), render();
  else if (action === "copy") navigator.clipboard.writeText(text).then(() => announce(texts.COPIED));
  else carryOut((place) => pages[at.page].onAction?.(action, button.dataset, place, tell) ?? act(action, kid, place, tell));
}

/** The forms of pages; those of the frame have listeners of their own. @param {SubmitEvent} event */
function onSubmit(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !byId("page").contains(form)) return;
  event.preventDefault();
  carryOut((place) => pages[at.page].onSubmit?.(form, place, tell));
}

/** @param {Event} event */
function onChange(event) {
  const field = event.target;
  if (!(field instanceof HTMLElement) || !byId("page").contains(field)) return;
  pages[at.page].onChange?.(field);
  render();
}

/** @param {(place: import("./pages.js").Place) => Promise<void> | void} deed */
async function carryOut(deed) {
  const seeing = view();
  if (!seeing) return;
  const { issuer } = seeing;
  try {
    await deed({ issuerId: issuer.id, activeKid: issuer.active_kid, view: seeing });
    render();
  } catch (error) {
    // What asks the server first what would happen may be refused before there is a dialog to say so in.
    tell(refusal(/** @type {Error} */ (error)), "danger");
  }
}
