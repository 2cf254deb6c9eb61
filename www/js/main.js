// @ts-check
// The console: who is signed in, what the server says, and how the page shows it.
import { act } from "./actions.js";
import * as api from "./api.js";
import { changeTable } from "./changes.js";
import { prepareDialog } from "./dialog.js";
import { edgeTable } from "./edge.js";
import { emergencyPanel } from "./emergency.js";
import { byId, element, prose, show } from "./element.js";
import { follow } from "./follow.js";
import { duration } from "./instant.js";
import { keyTable } from "./keys.js";
import { prepareTakeBack, takenBack } from "./revocation.js";
import { isUnderWay, rotationPanel } from "./rotation.js";
import { short, summary } from "./summary.js";
import { timeline } from "./timeline.js";
import { trust, warnings } from "./trust.js";

const CHANGERS = ["operator", "admin"];

/** What the server said last. `changes` is null for a role that may not read the audit log. */
const seen = {
  /** @type {{role: string, label: string} | null} */ who: null,
  /** @type {any} */ status: null,
  /** @type {any} */ issuer: null,
  /** @type {any[]} */ keys: [],
  /** @type {any[]} */ roots: [],
  /** @type {any[] | null} */ changes: null,
  /** @type {{revocations: any, epochs: any[]} | null} */ refused: null,
  /** @type {{since: number, nextTry: number, error: Error} | null} */ lost: null,
  issuerId: "",
  /** Server's clock minus ours, in milliseconds. */
  clockOffset: 0,
};

/** @type {ReturnType<typeof follow> | null} */
let following = null;
let announced = "";

start();

async function start() {
  prepareDialog();
  prepareTakeBack(() => ({ place: place(), keys: seen.keys, barrier: whyNot() }), tell);
  byId("sign-in-form").addEventListener("submit", onSignIn);
  byId("issuer-select").addEventListener("change", onIssuerChosen);
  document.addEventListener("click", onClick);
  setInterval(render, 1_000);
  try {
    enter(await api.session());
  } catch (error) {
    const known = error instanceof api.Refusal;
    leave(known ? "" : "The server does not answer. Is it running? Reload this page to try again.");
  }
}

/** @param {{role: string, label: string}} who */
function enter(who) {
  seen.who = who;
  seen.issuer = null;
  byId("sign-in").hidden = true;
  byId("console").hidden = false;
  byId("session").hidden = false;
  byId("who").textContent = `${who.label} (${who.role})`;
  following = follow(read, onAnswer);
}

/** @param {string} why */
function leave(why) {
  following?.stop();
  following = null;
  seen.who = null;
  seen.status = null;
  byId("dialog").close();
  byId("console").hidden = true;
  byId("session").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-error").textContent = why;
  byId("token").focus();
}

async function read() {
  try {
    const status = await api.status();
    const chosen = status.issuers.find((/** @type {any} */ one) => one.id === seen.issuerId) ?? status.issuers[0];
    if (seen.issuer?.id !== chosen.id) seen.issuer = await api.issuer(chosen.id);
    const [{ keys }, { roots }, revocations, { epochs }] = await Promise.all([
      api.keys(chosen.id),
      api.roots(),
      api.revocations(chosen.id),
      api.epochs(chosen.id),
    ]);
    const refused = { revocations, epochs };
    Object.assign(seen, { status, keys, roots, refused, issuerId: chosen.id, changes: await readChanges() });
    seen.clockOffset = Date.parse(status.now) - Date.now();
  } catch (error) {
    if (!(error instanceof api.Refusal && error.status === 401)) throw error;
    leave("Your session has ended. Sign in again.");
  }
}

async function readChanges() {
  try {
    return (await api.changes(8)).entries;
  } catch (error) {
    if (error instanceof api.Refusal && error.status === 403) return null;
    throw error;
  }
}

/** @param {typeof seen.lost} lost */
function onAnswer(lost) {
  if (lost && !seen.lost) announce("Connection to the server lost.");
  if (!lost && seen.lost) announce("Connection to the server is back.");
  seen.lost = lost;
  render();
}

function render() {
  renderConnection();
  if (!seen.status) return;
  const now = Date.now() + seen.clockOffset;
  const issuer = seen.status.issuers.find((/** @type {any} */ one) => one.id === seen.issuerId);
  const bound = seen.issuer?.policy.propagation_bound_secs;
  const barrier = whyNot();
  renderIssuers(issuer);
  show(byId("warnings"), warnings(issuer, now));
  show(byId("summary"), summary({ issuer, policy: seen.issuer?.policy, keys: seen.keys, now }));
  byId("summary").removeAttribute("aria-busy");
  show(byId("summary-actions"), mainActions(issuer, barrier));
  byId("emergency").hidden = !issuer.emergency;
  if (issuer.emergency) show(byId("emergency-body"), emergencyPanel(issuer.emergency, now));
  byId("rotation").hidden = !isUnderWay(issuer.rotation);
  if (isUnderWay(issuer.rotation)) {
    show(byId("rotation-body"), rotationPanel(issuer.rotation, seen.keys, issuer.edge, now, barrier));
  }
  show(byId("timeline"), timeline(seen.keys, now));
  show(byId("keys"), keyTable(seen.keys, now, barrier));
  show(byId("edge"), edgeTable(issuer.edge, now, bound));
  show(byId("trust"), trust(issuer.signer, seen.roots, now));
  if (seen.refused) show(byId("taken-back"), takenBack(seen.refused, now));
  show(byId("emergency-actions"), actionButton("emergency", "danger", "Emergency…", barrier));
  renderBarrier(byId("take-back-go"), barrier);
  byId("changes-panel").hidden = seen.changes === null;
  if (seen.changes) show(byId("changes"), changeTable(seen.changes, now));
  announceState(issuer);
}

function renderConnection() {
  const { lost } = seen;
  const connection = byId("connection");
  connection.dataset.state = lost ? "lost" : seen.status ? "live" : "waiting";
  connection.textContent = lost ? "Connection lost" : seen.status ? "Live" : "Connecting";
  byId("lost").hidden = !lost;
  if (!lost) return;
  const ago = duration((Date.now() - lost.since) / 1000);
  const next = Math.max(0, (lost.nextTry - Date.now()) / 1000);
  show(
    byId("lost"),
    element("span", {}, `${problem(lost.error)} This page shows what it said ${ago} ago; next try in ${duration(next)}.`),
    element("button", { type: "button", class: "small", "data-action": "try-now" }, "Try now"),
  );
}

/** @param {Error} error */
function problem(error) {
  if (!(error instanceof api.Refusal)) return "The server does not answer.";
  const id = error.requestId ? ` (request ${error.requestId})` : "";
  return `The server cannot answer: ${error.message}${id}.`;
}

/** @param {any} issuer */
function renderIssuers(issuer) {
  byId("summary-title").textContent = issuer.issuer;
  byId("issuer-choice").hidden = seen.status.issuers.length < 2;
  show(
    byId("issuer-select"),
    seen.status.issuers.map((/** @type {any} */ one) =>
      element("option", { value: one.id, selected: one.id === issuer.id }, one.id)),
  );
}

/** @param {any} issuer @param {string | null} barrier */
function mainActions(issuer, barrier) {
  const busy = isUnderWay(issuer.rotation) && issuer.rotation.stage !== "retiring" ? "A rotation is under way." : null;
  return actionButton("rotate", "primary", "Rotate…", barrier ?? busy);
}

/** @param {string} action @param {string} style @param {string} words @param {string | null} barrier */
function actionButton(action, style, words, barrier) {
  return element(
    "button",
    { type: "button", class: style, "data-action": action, "aria-disabled": barrier ? "true" : null, title: barrier },
    words,
  );
}

/** The same for a button that stands in the document. @param {HTMLElement} button @param {string | null} barrier */
function renderBarrier(button, barrier) {
  button.ariaDisabled = barrier ? "true" : null;
  button.title = barrier ?? "";
}

/** Why the one who is signed in may change nothing, if so. */
function whyNot() {
  if (seen.lost) return "Not while the connection is lost.";
  if (seen.who && CHANGERS.includes(seen.who.role)) return null;
  return `The role ${seen.who?.role} may look, not change.`;
}

/** Says aloud what changed, and only that: the ages on the page change every second. @param {any} issuer */
function announceState(issuer) {
  const parts = [
    issuer.active_kid ? `Key ${short(issuer.active_kid)} is active.` : "No key is active.",
    isUnderWay(issuer.rotation) ? `Rotation: ${issuer.rotation.stage}.` : "",
    issuer.emergency ? `Emergency: ${issuer.emergency.regions_confirmed} of ${issuer.emergency.regions_reporting} regions confirmed.` : "",
    issuer.push.pending ? "A push is pending." : "",
    issuer.edge.confirmed ? `The edge has confirmed version ${issuer.edge.version}.` : "",
  ];
  const words = parts.filter(Boolean).join(" ");
  if (words !== announced) announce(words);
  announced = words;
}

/** @param {string} words */
function announce(words) {
  byId("announcer").textContent = words;
}

/** @param {string} words */
function tell(words) {
  const outcome = byId("outcome");
  outcome.hidden = false;
  show(
    outcome,
    element("span", {}, words),
    element("button", { type: "button", class: "small quiet", "data-action": "dismiss" }, "Dismiss"),
  );
  announce(words);
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
  seen.issuerId = byId("issuer-select").value;
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
  else if (action === "copy") navigator.clipboard.writeText(text).then(() => announce("Copied."));
  else act(action, kid, place(), tell);
}

function place() {
  const issuer = seen.status.issuers.find((/** @type {any} */ one) => one.id === seen.issuerId);
  return {
    issuerId: seen.issuerId,
    activeKid: issuer.active_kid,
    boundSecs: seen.issuer?.policy.propagation_bound_secs,
  };
}
