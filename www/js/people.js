// @ts-check
// Who has access: API tokens, the sessions that were opened with them, and what each role may do.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { time } from "./instant.js";
import { copyButton } from "./key_name.js";
import { atLength, empty, panel, part } from "./part.js";
import { table } from "./table.js";
import { notFor } from "./texts.js";

const ROLES = /** @type {[string, string][]} */ ([
  ["viewer", "sees keys, status and edge"],
  ["operator", "rotates, activates, retires and revokes"],
  ["admin", "everything, API tokens and settings included"],
  ["auditor", "reads everything, the audit log included, and changes nothing"],
  ["signer", "a backend: obtains tokens, and nothing else"],
  ["edge", "a worker: reports, and nothing else"],
]);
const LIVES = /** @type {[string, string][]} */ ([["604800", "a week"], ["2592000", "30 days"], ["7776000", "90 days"], ["31536000", "a year"], ["", "until it is revoked"]]);

/** The token that was made last: it is shown once, and gone with the page. @type {{label: string, token: string} | null} */
let made = null;

export const reads = {
  tokens: api.apiTokens,
  sessions: api.sessions,
};

export function leave() {
  made = null;
}

/** @param {import("./pages.js").View} view */
export function render({ read, now, who }) {
  if (who.role !== "admin") return [empty(notFor(who.role, "see who has access")), roles()];
  return [
    panel("API tokens", {},
      made && element("div", { class: "notice", "data-tone": "good", role: "status" },
        element("div", {}, element("p", {}, element("strong", {}, `The token of ${made.label}`), ": copy it now. It is not kept, and never shown again."),
          element("p", {}, element("code", { class: "break" }, made.token), copyButton(`the token of ${made.label}`, made.token)))),
      newToken(),
      part(read.tokens, (tokens) => tokenTable(tokens, now))),
    panel("Open sessions", {}, part(read.sessions, (sessions) => sessionTable(sessions, now))),
    roles(),
  ];
}

const roles = () => panel("Roles", {}, element("dl", { class: "facts" }, ROLES.map(([role, may]) => [element("dt", {}, role), element("dd", {}, may)])));

function newToken() {
  const options = (/** @type {[string, string][]} */ pairs) => pairs.map(([value, words]) => element("option", { value }, words));
  return element("form", { class: "take-back" },
    element("label", {}, "What it is for", element("input", { name: "label", required: true, maxlength: 64, autocomplete: "off" })),
    element("label", {}, "Role", element("select", { name: "role" }, options(ROLES.map(([role]) => [role, role])))),
    element("label", {}, "It ends after", element("select", { name: "life" }, options(LIVES))),
    element("button", { type: "submit" }, "Make a token"));
}

/** @param {any[]} tokens @param {number} now */
function tokenTable(tokens, now) {
  const caption = "API tokens, those that are good first";
  const rank = (/** @type {any} */ token) => (isGood(token, now) ? 0 : 1);
  const sorted = [...tokens].sort((a, b) => rank(a) - rank(b) || Date.parse(b.created_at) - Date.parse(a.created_at));
  return atLength(caption, sorted, (shown) => table(caption, ["For", "Role", "Made", "Last used", "Ends", "Step"], shown.map((token) => [
    element("div", {}, token.label, element("span", { class: "soft" }, element("code", {}, token.id))),
    token.role,
    time(token.created_at, now),
    token.last_used_at ? time(token.last_used_at, now) : soft("never"),
    ending(token, now),
    isGood(token, now) ? step("revoke-token", token.id, "Revoke…", `Revoke the token ${token.label}`, token.label) : soft("none"),
  ])));
}

/** @param {any} token @param {number} now */
function ending(token, now) {
  if (token.revoked_at) return element("span", {}, "revoked ", time(token.revoked_at, now));
  return token.expires_at ? time(token.expires_at, now) : soft("when it is revoked");
}

/** @param {any} token @param {number} now */
const isGood = (token, now) => !token.revoked_at && !(token.expires_at && Date.parse(token.expires_at) <= now);

/** @param {any[]} sessions @param {number} now */
function sessionTable(sessions, now) {
  if (sessions.length === 0) return empty("Nobody is signed in.");
  const caption = "Open sessions, the one that was used last first";
  return atLength(caption, sessions, (shown) => table(caption, ["Who", "Role", "Last used", "Ends", "Step"], shown.map((session) => [
    element("div", {}, session.label, element("span", { class: "soft" }, element("code", {}, session.id))),
    session.role,
    time(session.last_used_at, now),
    time(session.expires_at, now),
    step("end-session", session.id, "End…", `End the session ${session.id} of ${session.label}`, session.label),
  ])));
}

/** @param {string} action @param {string} id @param {string} words @param {string} label @param {string} whose */
const step = (action, id, words, label, whose) =>
  element("button", { type: "button", class: "small danger", "data-action": action, "data-text": id, "data-whose": whose, "aria-label": label }, words);

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} _ @param {import("./pages.js").Tell} tell */
export async function onSubmit(form, _, tell) {
  const said = new FormData(form);
  const [label, role, life] = ["label", "role", "life"].map((name) => String(said.get(name)));
  const { token } = await api.createApiToken({ label, role, ...(life ? { expires_in_secs: Number(life) } : {}) });
  made = { label, token };
  form.reset();
  tell(`The token of ${label} is made.`);
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Place} _ @param {import("./pages.js").Tell} tell */
export function onAction(action, { text: id = "", whose = "" }, _, tell) {
  if (action === "revoke-token") return revokeToken(id, whose, tell);
  if (action === "end-session") return endSession(id, whose, tell);
  return undefined;
}

/** @param {string} id @param {string} whose @param {import("./pages.js").Tell} tell */
async function revokeToken(id, whose, tell) {
  ask({
    title: `Revoke the token ${whose}?`,
    plan: ["It opens nothing from now on, and every session that was opened with it ends.", "It cannot come back: whoever needs access needs a new one."],
    fields: [],
    confirm: { of: id, chars: 4, hint: "The start of its id." },
    go: "Revoke for good",
    danger: true,
  }, async () => {
    await api.revokeApiToken(id);
    tell(`The token ${whose} is revoked.`);
  });
}

/** @param {string} id @param {string} whose @param {import("./pages.js").Tell} tell */
async function endSession(id, whose, tell) {
  ask({
    title: `End a session of ${whose}?`,
    plan: ["Whoever has it must sign in again. The token that it was opened with stays good."],
    fields: [],
    go: "End it",
  }, async () => {
    await api.endSession(id);
    tell(`The session of ${whose} has ended.`);
  });
}

/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
