// @ts-check
// Who has access: API tokens, the sessions that were opened with them, and what each role may do.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { time } from "./instant.js";
import { atLength, empty, panel, part } from "./part.js";
import { shownOnce } from "./shown_once.js";
import { table, written } from "./table.js";
import { GRANT } from "./texts/approvals.js";
import * as texts from "./texts/people.js";
import { NEVER, NOTHING_TO_DO, START_OF_ID, notFor } from "./texts/shared.js";
import { inviteUser, leaveUsers, onUserAction, passkeysPanel, readPasskeys, usersPanel } from "./users.js";

const { END_SESSION, LIVES, MADE, NEW_TOKEN, REVOKE_TOKEN, ROLES, SESSIONS, TOKENS } = texts;

/** Whoever has one of these could do or approve what takes two people. */
const TAKES_TWO = ["operator", "admin"];

/** The token that was made last: it is shown once, and gone with the page. @type {{label: string, token: string} | null} */
let made = null;

export const reads = {
  users: api.users,
  passkeys: readPasskeys,
  tokens: api.apiTokens,
  sessions: api.sessions,
};

export function leave() {
  made = null;
  leaveUsers();
}

/** @param {import("./pages.js").View} view */
export function render({ read, now, who }) {
  if (who.role !== "admin") return [empty(notFor(who.role, texts.SEE_ACCESS)), roles()];
  return [
    panel(texts.API_TOKENS, {},
      made && shownOnce(MADE, made.label, made.token),
      newToken(),
      part(read.tokens, (tokens) => tokenTable(tokens, now))),
    usersPanel(read.users, now),
    passkeysPanel(now),
    panel(texts.OPEN_SESSIONS, {}, part(read.sessions, (sessions) => sessionTable(sessions, now))),
    roles(),
  ];
}

const roles = () => panel(texts.ROLES_TITLE, {}, element("dl", { class: "facts" }, ROLES.map(([role, may]) => [element("dt", {}, role), element("dd", {}, may)])));

function newToken() {
  const options = (/** @type {[string, string][]} */ pairs) => pairs.map(([value, words]) => element("option", { value }, words));
  return element("form", { class: "take-back" },
    element("label", {}, NEW_TOKEN.label, element("input", { name: "label", required: true, maxlength: 64, autocomplete: "off" })),
    element("label", {}, NEW_TOKEN.role, element("select", { name: "role" }, options(ROLES.map(([role]) => [role, role])))),
    element("label", {}, NEW_TOKEN.life, element("select", { name: "life" }, options(LIVES))),
    element("button", { type: "submit" }, NEW_TOKEN.go));
}

/** @param {any[]} tokens @param {number} now */
function tokenTable(tokens, now) {
  const rank = (/** @type {any} */ token) => (isGood(token, now) ? 0 : 1);
  const sorted = [...tokens].sort((a, b) => rank(a) - rank(b) || Date.parse(b.created_at) - Date.parse(a.created_at));
  return atLength(TOKENS.caption, sorted, (shown) => table(TOKENS.caption, TOKENS.columns, shown.map((token) => [
    written(token.label, element("span", { class: "soft" }, element("code", {}, token.id))),
    element("div", {}, token.role, element("span", { class: "soft" }, [...(token.scopes.permissions ?? []), ...(token.scopes.issuers ?? [])].join(", "))),
    time(token.created_at, now),
    token.last_used_at ? time(token.last_used_at, now) : soft(NEVER),
    ending(token, now),
    isGood(token, now) ? step("revoke-token", token.id, TOKENS.revoke, TOKENS.revokeLabel(token.label), token.label) : soft(NOTHING_TO_DO),
  ])));
}

/** @param {any} token @param {number} now */
function ending(token, now) {
  if (token.revoked_at) return element("span", {}, TOKENS.revoked, time(token.revoked_at, now));
  return token.expires_at ? time(token.expires_at, now) : soft(TOKENS.whenRevoked);
}

/** @param {any} token @param {number} now */
const isGood = (token, now) => !token.revoked_at && !(token.expires_at && Date.parse(token.expires_at) <= now);

/** @param {any[]} sessions @param {number} now */
function sessionTable(sessions, now) {
  if (sessions.length === 0) return empty(SESSIONS.none);
  return atLength(SESSIONS.caption, sessions, (shown) => table(SESSIONS.caption, SESSIONS.columns, shown.map((session) => [
    written(session.label, element("span", { class: "soft" }, element("code", {}, session.id))),
    session.role,
    time(session.last_used_at, now),
    time(session.expires_at, now),
    step("end-session", session.id, SESSIONS.end, SESSIONS.endLabel(session.id, session.label), session.label),
  ])));
}

/** @param {string} action @param {string} id @param {string} words @param {string} label @param {string} whose */
const step = (action, id, words, label, whose) =>
  element("button", { type: "button", class: "small danger", "data-action": action, "data-text": id, "data-whose": whose, "aria-label": label }, words);

/** @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export async function onSubmit(form, place, tell) {
  const { view } = place;
  const said = new FormData(form);
  if (form.dataset.form === "user") return inviteUser(said, place, tell);
  const [label, role, life] = ["label", "role", "life"].map((name) => String(said.get(name)));
  if (view.policy.approval_required && TAKES_TWO.includes(role)) {
    await api.askForApproval({ kind: "grant_access", by: "api_token", to: label, role });
    form.reset();
    tell(GRANT);
    return;
  }
  const { token } = await api.createApiToken({ label, role, ...(life ? { expires_in_secs: Number(life) } : {}) });
  made = { label, token };
  form.reset();
  tell(MADE.done(label));
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Place} _ @param {import("./pages.js").Tell} tell */
export function onAction(action, button, _, tell) {
  const { text: id = "", whose = "" } = button;
  if (action === "revoke-token") return revokeToken(id, whose, tell);
  if (action === "end-session") return endSession(id, whose, tell);
  return onUserAction(action, button, tell);
}

/** @param {string} id @param {string} whose @param {import("./pages.js").Tell} tell */
async function revokeToken(id, whose, tell) {
  ask({
    title: REVOKE_TOKEN.title(whose),
    plan: REVOKE_TOKEN.plan,
    fields: [],
    confirm: { of: id, chars: 4, hint: START_OF_ID },
    go: REVOKE_TOKEN.go,
    danger: true,
  }, async () => {
    await api.revokeApiToken(id);
    tell(REVOKE_TOKEN.done(whose));
  });
}

/** @param {string} id @param {string} whose @param {import("./pages.js").Tell} tell */
async function endSession(id, whose, tell) {
  ask({
    title: END_SESSION.title(whose),
    plan: END_SESSION.plan,
    fields: [],
    go: END_SESSION.go,
  }, async () => {
    await api.endSession(id);
    tell(END_SESSION.done(whose));
  });
}

/** @param {string} words */
const soft = (words) => element("span", { class: "soft" }, words);
