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
