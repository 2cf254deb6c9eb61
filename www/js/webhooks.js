// @ts-check
// Webhooks: who is told of what happens, whether it arrives, and the secret that receivers verify with.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element, prose } from "./element.js";
import { time } from "./instant.js";
import { copyButton } from "./key_name.js";
import { actionButton, atLength, empty, part } from "./part.js";
import { table } from "./table.js";
import { notFor } from "./texts.js";

/**
 * @typedef {import("./pages.js").Place} Place
 * @typedef {import("./pages.js").Tell} Tell
 */

const COLUMNS = ["Where it leads", "Events", "State", "Added", "Steps"];

/** The secret that was made last: it is shown once, and gone with the page. @type {{url: string, secret: string} | null} */
let made = null;

export const forget = () => {
  made = null;
};

/** @param {import("./pages.js").View} view */
export function webhookPanel({ read, now, who }) {
  if (who.role !== "admin") return [empty(notFor(who.role, "see webhooks"))];
  return [
    element("p", {}, "They are told as it happens, over HTTPS, and again until it arrives. Receivers verify with the secret (Standard Webhooks)."),
    element("p", { class: "soft", id: "hint-events" }, prose("Events are named like `alert.raised emergency.declared`; none means all.")),
    made && element("div", { class: "notice", "data-tone": "good", role: "status" },
      element("div", {}, element("p", {}, element("strong", {}, `The secret of ${made.url}`), ": copy it now. It is kept sealed, and never shown again."),
        element("p", {}, element("code", { class: "break" }, made.secret), copyButton(`the secret of ${made.url}`, made.secret)))),
    newWebhook(),
    part(read.webhooks, (webhooks) => list(webhooks, now)),
  ];
}

function newWebhook() {
  return element("form", { class: "take-back", name: "webhook" },
    element("label", {}, "Where it leads", element("input", { name: "url", type: "url", required: true, maxlength: 2048, autocomplete: "off" })),
    element("label", {}, "Events",
      element("input", { name: "events", autocomplete: "off", spellcheck: "false", autocapitalize: "none", placeholder: "all", "aria-describedby": "hint-events" })),
    element("button", { type: "submit" }, "Add…"));
}

/** @param {any[]} webhooks @param {number} now */
function list(webhooks, now) {
  if (webhooks.length === 0) return empty("Nobody is told of anything yet.");
  const caption = "Webhooks, the oldest first";
  return atLength(caption, webhooks, (shown) => table(caption, COLUMNS, shown.map((webhook) => [
    element("div", {}, element("span", { class: "break" }, webhook.url), element("span", { class: "soft" }, element("code", {}, webhook.id))),
    inWords(webhook.events),
    state(webhook, now),
    time(webhook.created_at, now),
    element("div", { class: "actions" },
      step("test-webhook", "small", "Test", "Test the webhook", webhook),
      step("rotate-webhook", "small", "New secret…", "Make another secret for the webhook", webhook),
      step("remove-webhook", "small danger", "Remove…", "Remove the webhook", webhook)),
  ])));
}

/** @param {string[]} events */
const inWords = (events) => (events.length === 0 ? "all" : events.join(", "));

/** @param {any} webhook @param {number} now */
function state({ disabled_at: disabled, disabled_reason: why, failing_since: failing, secrets, waiting }, now) {
  const badge = (/** @type {string} */ name, /** @type {string} */ words) => element("span", { class: "badge", "data-state": name }, words);
  const soft = (/** @type {import("./element.js").Child[]} */ ...words) => element("span", { class: "soft" }, words);
  return element("div", {},
    disabled ? badge("revoked", "given up") : failing ? badge("waiting", "failing") : badge("active", "good"),
    disabled && soft(time(disabled, now), why ? `: ${why}` : "", ". A test that arrives takes that back."),
    !disabled && failing && soft("Nothing has arrived since ", time(failing, now), "."),
    waiting > 0 && soft(`${waiting.toLocaleString("en-GB")} waiting`),
    secrets > 1 && soft("Two secrets sign, so that receivers can change."));
}

/** @param {string} action @param {string} style @param {string} words @param {string} label @param {any} webhook */
function step(action, style, words, label, { id, url }) {
  const button = actionButton(action, style, words);
  for (const [name, value] of [["data-text", id], ["aria-label", `${label} to ${url}`]]) button.setAttribute(name, value);
  return button;
}

/** @param {HTMLFormElement} form @param {Tell} tell */
export async function addWebhook(form, tell) {
  const said = new FormData(form);
  const url = String(said.get("url")).trim();
  const events = String(said.get("events")).split(/[\s,]+/).filter(Boolean);
  ask({
    title: "Add this webhook?",
    plan: [
      `${events.length === 0 ? "Every event" : `Each ${events.join(", ")}`} is told to ${url} from now on, as it happens.`,
      "A secret is made with which the receiver verifies what it is told. It is shown once.",
      "The server refuses addresses that only it can reach. Test it afterwards: nothing is sent before something happens.",
    ],
    fields: [],
    go: "Add it",
  }, async () => {
    const { secret } = await api.addWebhook({ url, events });
    made = { url, secret };
    form.reset();
    tell("The webhook is added. Its secret stands with the webhooks, this once.");
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
  if (delivered) tell(`The test arrived at ${url}.`);
  else tell(`The test did not arrive at ${url}: ${error}.`, "danger");
}

/** @param {any} webhook @param {Tell} tell */
async function rotate({ id, url }, tell) {
  ask({
    title: "Make another secret?",
    plan: [`A new secret for ${url} is made, and shown once.`, "For a day the one before signs beside it: until then every receiver must know the new one."],
    fields: [],
    go: "Make it",
  }, async () => {
    const { secret } = await api.rotateWebhookSecret(id);
    made = { url, secret };
    tell("The secret is made. It stands with the webhooks, this once.");
  });
}

/** @param {any} webhook @param {Tell} tell */
async function remove({ id, url, waiting }, tell) {
  ask({
    title: "Remove this webhook?",
    plan: [
      `${url} is told nothing any more.`,
      ...(waiting > 0 ? [`What waits for it is given up: ${waiting.toLocaleString("en-GB")} events.`] : []),
      "Its secret is destroyed. This cannot be undone; it can be added again, with another secret.",
    ],
    fields: [],
    confirm: { of: id, hint: "The start of its id." },
    go: "Remove for good",
    danger: true,
  }, async () => {
    await api.removeWebhook(id);
    if (made?.url === url) made = null;
    tell("The webhook is removed.");
  });
}
