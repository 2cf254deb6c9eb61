// @ts-check
// People who sign in by name: who they are, and what an administrator does about them.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { element } from "./element.js";
import { time } from "./instant.js";
import { atLength, empty, panel, part } from "./part.js";
import { passkeyTable, removePasskey } from "./passkeys.js";
import { shownOnce } from "./shown_once.js";
import { table } from "./table.js";
import { GRANT } from "./texts/approvals.js";
import { CHANGED_USER, CHANGE_USER, INVITED, NEW_USER, USERS, USERS_TITLE } from "./texts/people.js";
import { LIST, OF_USER } from "./texts/passkeys.js";
import { NEVER, NOTHING_TO_DO } from "./texts/shared.js";

/** Machines have API tokens, and no name. */
const ROLES = ["viewer", "operator", "admin", "auditor"];
/** Whoever has one of these could do or approve what takes two people. */
const TAKES_TWO = ["operator", "admin"];

/** The invitation that was made last: it is shown once. @type {{name: string, invitation: string} | null} */
let invited = null;

/** The user whose passkeys are shown, and those. @type {{name: string, known: any[]} | null} */
let shown = null;

/** Reads them again, as long as they are shown. */
export async function readPasskeys() {
  if (!shown) return;
  const { name } = shown;
  const known = await api.passkeysOf(name);
  if (shown?.name === name) shown = { name, known };
}

export function leaveUsers() {
  invited = null;
  shown = null;
}

/** @param {any} read @param {number} now */
export function usersPanel(read, now) {
  return panel(USERS_TITLE, {},
    invited && shownOnce(INVITED, invited.name, invited.invitation),
    newUser(),
    part(read, (/** @type {any[]} */ users) => userTable(users, now)));
}

/** Those of the user who was asked about. @param {number} now */
export const passkeysPanel = (now) => shown && panel(OF_USER.title(shown.name), {},
  shown.known.length === 0 ? empty(LIST.noneOf(shown.name)) : passkeyTable(shown.known, now, shown.name));

const newUser = () => element("form", { class: "take-back", "data-form": "user" },
  element("label", {}, NEW_USER.name, element("input", { name: "name", required: true, maxlength: 32, pattern: "[a-z][a-z0-9._\\-]*", autocomplete: "off", autocapitalize: "none" })),
  element("label", {}, NEW_USER.role, element("select", { name: "role" }, ROLES.map((role) => element("option", { value: role }, role)))),
  element("button", { type: "submit" }, NEW_USER.go));

/** @param {any[]} users @param {number} now */
function userTable(users, now) {
  if (users.length === 0) return empty(USERS.none);
  return atLength(USERS.caption, users, (shown) => table(USERS.caption, USERS.columns, shown.map((user) => [
    user.name,
    user.role,
    user.last_signed_in_at ? time(user.last_signed_in_at, now) : element("span", { class: "soft" }, NEVER),
    user.passkeys ? step("passkeys", USERS.passkeys(user.passkeys), user.name) : element("span", { class: "soft" }, NOTHING_TO_DO),
    state(user, now),
    element("div", { class: "actions" },
      user.disabled_at ? step("enable", USERS.letIn, user.name) : step("disable", USERS.shutOutStep, user.name),
      !user.provider && step("invite", USERS.invite, user.name)),
  ])));
}

/** @param {any} user @param {number} now */
function state({ disabled_at: disabled, invited_until: until, password_set_at: set, provider }, now) {
  if (disabled) return element("span", {}, USERS.shutOut, time(disabled, now));
  if (until) return element("span", {}, USERS.invited, time(until, now));
  if (provider) return USERS.ofProvider(provider.issuer);
  return set ? USERS.mayEnter : USERS.noPassword;
}

/** @param {keyof typeof CHANGE_USER | "passkeys"} action @param {string} words @param {string} name */
const step = (action, words, name) =>
  element("button", { type: "button", class: "small", "data-action": `user-${action}`, "data-text": name, "aria-label": USERS.label(words, name) }, words);

/** @param {FormData} said @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export async function inviteUser(said, { view }, tell) {
  const [name, role] = ["name", "role"].map((field) => String(said.get(field)));
  if (view.policy.approval_required && TAKES_TWO.includes(role)) {
    await api.askForApproval({ kind: "grant_access", by: "user", to: name, role });
    return tell(GRANT);
  }
  invited = await api.createUser({ name, role });
  tell(INVITED.done(name));
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Tell} tell */
export function onUserAction(action, button, tell) {
  const name = button.text ?? "";
  if (action === "remove-passkey") return removePasskey(button, tell);
  if (action === "user-passkeys") return showPasskeys(name);
  const wanted = /** @type {keyof typeof CHANGE_USER} */ (action.replace(/^user-/, ""));
  if (!action.startsWith("user-") || !(wanted in CHANGE_USER)) return undefined;
  const { title, plan, go } = CHANGE_USER[wanted];
  return Promise.resolve(ask({ title: title(name), plan, fields: [], go, danger: wanted === "disable" }, async () => {
    const answer = await api.changeUser(name, wanted);
    if (answer.invitation) invited = answer;
    tell(CHANGED_USER);
  }));
}

/** Shows somebody's passkeys below the users, or hides them again. @param {string} name */
async function showPasskeys(name) {
  shown = shown?.name === name ? null : { name, known: await api.passkeysOf(name) };
}
