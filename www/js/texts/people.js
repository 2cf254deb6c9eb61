// @ts-check

export const ROLES = /** @type {[string, string][]} */ ([
  ["viewer", "sees keys, status and edge"],
  ["operator", "rotates, activates, retires and revokes"],
  ["admin", "everything, API tokens and settings included"],
  ["auditor", "reads everything, the audit log included, and changes nothing"],
  ["signer", "a backend: obtains tokens, and nothing else"],
  ["edge", "a worker: reports, and nothing else"],
]);
/** How long a token lives: seconds, and words. */
export const LIVES = /** @type {[string, string][]} */ ([["604800", "a week"], ["2592000", "30 days"], ["7776000", "90 days"], ["31536000", "a year"], ["", "until it is revoked"]]);

export const SEE_ACCESS = "see who has access";
export const API_TOKENS = "API tokens";
export const OPEN_SESSIONS = "Open sessions";
export const ROLES_TITLE = "Roles";

export const MADE = {
  label: (/** @type {string} */ label) => `The token of ${label}`,
  copyNow: ": copy it now. It is not kept, and never shown again.",
  what: (/** @type {string} */ label) => `the token of ${label}`,
  done: (/** @type {string} */ label) => `The token of ${label} is made.`,
};
export const NEW_TOKEN = { label: "What it is for", role: "Role", life: "It ends after", go: "Make a token" };

export const TOKENS = {
  caption: "API tokens, those that are good first",
  columns: ["For", "Role", "Made", "Last used", "Ends", "Step"],
  revoke: "Revoke…",
  revokeLabel: (/** @type {string} */ label) => `Revoke the token ${label}`,
  revoked: "revoked ",
  whenRevoked: "when it is revoked",
};
export const REVOKE_TOKEN = {
  title: (/** @type {string} */ label) => `Revoke the token ${label}?`,
  plan: ["It opens nothing from now on, and every session that was opened with it ends.", "It cannot come back: whoever needs access needs a new one."],
  go: "Revoke for good",
  done: (/** @type {string} */ label) => `The token ${label} is revoked.`,
};

export const CHOSEN = "The password is chosen. Enter with it above.";
export const USERS_TITLE = "Users";
export const INVITED = {
  label: (/** @type {string} */ name) => `The invitation of ${name}`,
  copyNow: ": copy it now, and give it to them alone. It is not kept, works once, and ends after three days.",
  what: (/** @type {string} */ name) => `the invitation of ${name}`,
  done: (/** @type {string} */ name) => `${name} is invited.`,
};
export const NEW_USER = { name: "Name to sign in by", role: "Role", go: "Invite a user" };
export const USERS = {
  none: "Nobody signs in by name yet.",
  caption: "Users, those who were shut out included",
  columns: ["Name", "Role", "Last signed in", "Passkeys", "State", "Step"],
  passkeys: (/** @type {number} */ count) => `Show ${count}`,
  mayEnter: "may sign in",
  invited: "invited until ",
  shutOut: "shut out ",
  noPassword: "has no password",
  ofProvider: (/** @type {string} */ issuer) => `signs in at ${issuer}`,
  shutOutStep: "Shut out…",
  letIn: "Let in…",
  invite: "Invite again…",
  label: (/** @type {string} */ step, /** @type {string} */ name) => `${step} ${name}`,
};
/** What each step means, before it is taken. */
export const CHANGE_USER = {
  disable: { title: (/** @type {string} */ name) => `Shut ${name} out?`, plan: ["Every session of theirs ends at once. Their name stays theirs."], go: "Shut out" },
  enable: { title: (/** @type {string} */ name) => `Let ${name} in again?`, plan: ["They sign in as they did before."], go: "Let in" },
  invite: { title: (/** @type {string} */ name) => `Invite ${name} again?`, plan: ["Their password, their passkeys and every session of theirs end at once.", "They choose another password with the invitation that you are shown then."], go: "Invite" },
};
export const CHANGED_USER = "Done.";

export const SESSIONS = {
  none: "Nobody is signed in.",
  caption: "Open sessions, the one that was used last first",
  columns: ["Who", "Role", "Last used", "Ends", "Step"],
  end: "End…",
  endLabel: (/** @type {string} */ id, /** @type {string} */ label) => `End the session ${id} of ${label}`,
};
export const END_SESSION = {
  title: (/** @type {string} */ label) => `End a session of ${label}?`,
  plan: ["Whoever has it must sign in again. The token that it was opened with stays good."],
  go: "End it",
  done: (/** @type {string} */ label) => `The session of ${label} has ended.`,
};
