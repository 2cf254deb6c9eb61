// @ts-check
// Webhooks: who is told of what happens, whether it arrives, and the secret that receivers verify with.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element, prose } from "./element.js";
import { time } from "./instant.js";
import { copyButton } from "./key_name.js";
import { actionButton, atLength, empty, part } from "./part.js";
import { table } from "./table.js";
import { START_OF_ID, notFor, number } from "./texts/shared.js";
import * as texts from "./texts/webhooks.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

const { ADDING, REMOVING, ROTATING, SECRET, STATE, STEPS, TEST } = texts;

/** The secret that was made last: it is shown once, and gone with the page. @type {{url: string, secret: string} | null} */
let made = null;

export const forget = () => {
  made = null;
};

/** @param {import("./pages.js").View} view */
export function webhookPanel({ read, now, who }) {
  if (who.role !== "admin") return [empty(notFor(who.role, texts.SEE_WEBHOOKS))];
  return [
    element("p", {}, texts.INTRODUCTION),
    element("p", { class: "soft", id: "hint-events" }, prose(texts.EVENTS_HINT)),
    made && element("div", { class: "notice", "data-tone": "good", role: "status" },
      element("div", {}, element("p", {}, element("strong", {}, SECRET.of(made.url)), SECRET.copyNow),
        element("p", {}, element("code", { class: "break" }, made.secret), copyButton(SECRET.what(made.url), made.secret)))),
    newWebhook(),
    part(read.webhooks, (webhooks) => list(webhooks, now)),
  ];
}

function newWebhook() {
  return element("form", { class: "take-back", name: "webhook" },
    element("label", {}, texts.WHERE, element("input", { name: "url", type: "url", required: true, maxlength: 2048, autocomplete: "off" })),
    element("label", {}, texts.EVENTS,
      element("input", { name: "events", autocomplete: "off", spellcheck: "false", autocapitalize: "none", placeholder: texts.ALL, "aria-describedby": "hint-events" })),
    element("button", { type: "submit" }, texts.ADD));
}

/** @param {any[]} webhooks @param {number} now */
function list(webhooks, now) {
  if (webhooks.length === 0) return empty(texts.NONE);
  return atLength(texts.CAPTION, webhooks, (shown) => table(texts.CAPTION, texts.COLUMNS, shown.map((webhook) => [
    element("div", {}, element("span", { class: "break" }, webhook.url), element("span", { class: "soft" }, element("code", {}, webhook.id))),
    inWords(webhook.events),
    state(webhook, now),
    time(webhook.created_at, now),
    element("div", { class: "actions" },
      step("test-webhook", "small", STEPS.test, webhook),
      step("rotate-webhook", "small", STEPS.rotate, webhook),
      step("remove-webhook", "small danger", STEPS.remove, webhook)),
  ])));
}

/** @param {string[]} events */
const inWords = (events) => (events.length === 0 ? texts.ALL : events.join(", "));

/** @param {any} webhook @param {number} now */
function state({ disabled_at: disabled, disabled_reason: why, failing_since: failing, secrets, waiting }, now) {
  const badge = (/** @type {string} */ name, /** @type {string} */ words) => element("span", { class: "badge", "data-state": name }, words);
  const soft = (/** @type {import("./element.js").Child[]} */ ...words) => element("span", { class: "soft" }, words);
  return element("div", {},
    disabled ? badge("revoked", STATE.givenUp) : failing ? badge("waiting", STATE.failing) : badge("active", STATE.good),
    disabled && soft(time(disabled, now), STATE.why(why), STATE.takenBack),
    !disabled && failing && soft(STATE.since, time(failing, now), STATE.stop),
    waiting > 0 && soft(STATE.waiting(number(waiting))),
    secrets > 1 && soft(STATE.twoSecrets));
}

/** @param {string} action @param {string} style @param {string[]} said @param {any} webhook */
function step(action, style, [words, label], { id, url }) {
  const button = actionButton(action, style, words);
  for (const [name, value] of [["data-text", id], ["aria-label", texts.stepOf(label, url)]]) button.setAttribute(name, value);
  return button;
}

/** @param {HTMLFormElement} form @param {Tell} tell */
export async function addWebhook(form, tell) {
  const said = new FormData(form);
  const url = String(said.get("url")).trim();
  const events = String(said.get("events")).split(/[\s,]+/).filter(Boolean);
  ask({
    title: ADDING.title,
    plan: [
      ADDING.told(events, url),
      ADDING.secret,
      ADDING.test,
    ],
    fields: [],
    go: ADDING.go,
  }, async () => {
    const { secret } = await api.addWebhook({ url, events });
    made = { url, secret };
    form.reset();
    tell(ADDING.done);
  });
}

/** @param {string} action @param {string} id @param {Place} place @param {Tell} tell */
export function actOnWebhook(action, id, { view }, tell) {
  const webhook = Array.isArray(view.read.webhooks) ? view.read.webhooks.find((/** @type {any} */ one) => one.id === id) : null;
  if (!webhook) return undefined;
  if (action === "test-webhook") return test(webhook, tell);
  if (action === "rotate-webhook") return rotate(webhook, tell);
  if (action === "remove-webhook") return remove(webhook, tell);
  return undefined;
}

/** @param {any} webhook @param {Tell} tell */
async function test({ id, url }, tell) {
  const { delivered, error } = await api.testWebhook(id);
  if (delivered) tell(TEST.arrived(url));
  else tell(TEST.failed(url, error), "danger");
}

/** @param {any} webhook @param {Tell} tell */
async function rotate({ id, url }, tell) {
  ask({
    title: ROTATING.title,
    plan: [ROTATING.made(url), ROTATING.aDay],
    fields: [],
    go: ROTATING.go,
  }, async () => {
    const { secret } = await api.rotateWebhookSecret(id);
    made = { url, secret };
    tell(ROTATING.done);
  });
}

/** @param {any} webhook @param {Tell} tell */
async function remove({ id, url, waiting }, tell) {
  ask({
    title: REMOVING.title,
    plan: [
      REMOVING.nothing(url),
      ...(waiting > 0 ? [REMOVING.waiting(number(waiting))] : []),
      REMOVING.destroyed,
    ],
    fields: [],
    confirm: { of: id, hint: START_OF_ID },
    go: REMOVING.go,
    danger: true,
  }, async () => {
    await api.removeWebhook(id);
    if (made?.url === url) made = null;
    tell(REMOVING.done);
  });
}
