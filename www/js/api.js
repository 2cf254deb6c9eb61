// @ts-check
// The one file that knows an address. Everything the console can do, any client of /openapi.json can do.
import { answeredWith, tooLong } from "./texts/frame.js";

/** A refusal of the server, as its problem document (RFC 9457) says it. */
export class Refusal extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, title?: string, request_id?: string}} problem */
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? answeredWith(status));
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.requestId = problem.request_id;
  }
}

export const session = () => call("GET", "/v1/session");
export const signIn = (/** @type {string} */ token) => call("POST", "/v1/session", { token });
export const signInByName = (/** @type {string} */ name, /** @type {string} */ password) => call("POST", "/v1/session", { name, password });
export const acceptInvitation = (/** @type {string} */ invitation, /** @type {string} */ password) => call("POST", "/v1/invitation", { invitation, password });
/** @param {{attempt: string, credential: object}} answer */
export const finishSignIn = (answer) => call("POST", "/v1/session/passkey", answer);
/** @param {{attempt: string, name: string, credential: object}} answer */
export const finishWithFirstPasskey = (answer) => call("POST", "/v1/session/first-passkey", answer);
/** With whom one can sign in besides, if with anybody. @returns {Promise<{name: string | null}>} */
export const provider = () => call("GET", "/v1/session/provider");
/** Where the browser goes for that. @returns {Promise<{location: string}>} */
export const beginAtProvider = () => call("POST", "/v1/session/provider");
export const signOut = () => call("DELETE", "/v1/session");

export const status = () => call("GET", "/v1/status");
export const issuer = (/** @type {string} */ id) => call("GET", at(id));
export const keys = (/** @type {string} */ id) => whole(at(id, "keys"), "keys");
export const alerts = () => call("GET", "/v1/alerts");
export const minutes = (/** @type {string} */ id) => call("GET", at(id, "edge", "minutes"));
export const signedKeySet = (/** @type {string} */ id) => text("GET", at(id, "key-set"));

/** A filter of revoked tokens that the key set names, or one of its lists. @param {string} id @param {string} name @param {number} maxBytes */
export async function keySetValue(id, name, maxBytes) {
  const value = new Uint8Array(await (await ask("GET", at(id, "key-set", name))).arrayBuffer());
  if (value.length > maxBytes) throw new Error(tooLong(name));
  return value;
}

/** The newest entries of the audit log, and where the older ones are. */
export const audit = (/** @type {number} */ limit) => page(`/v1/audit?limit=${limit}`);
/** What a page has named as the next one. */
export const further = (/** @type {string} */ next) => page(next);
export const exportAudit = () => text("POST", "/v1/audit/export", {});
export const auditRetention = () => call("GET", RETENTION);
export const setAuditRetention = (/** @type {{days: number | null, reason: string}} */ wanted) => call("PUT", RETENTION, wanted);
export const legalHolds = async () => (await call("GET", HOLDS)).holds;
export const setLegalHold = (/** @type {{reason: string, from?: number, to?: number}} */ wanted) => call("POST", HOLDS, wanted);
export const releaseLegalHold = (/** @type {string} */ id, /** @type {{reason: string}} */ order) => call("POST", releaseOf(id), order);

export const apiTokens = () => whole("/v1/api-tokens", "api_tokens");
export const createApiToken = (/** @type {{label: string, role: string, expires_in_secs?: number}} */ wanted) =>
  call("POST", "/v1/api-tokens", wanted);
export const revokeApiToken = (/** @type {string} */ id) => call("DELETE", `/v1/api-tokens/${encodeURIComponent(id)}`);
export const users = () => whole("/v1/users", "users");
export const createUser = (/** @type {{name: string, role: string}} */ wanted) => call("POST", "/v1/users", wanted);
/** @param {string} name @param {"invite" | "disable" | "enable"} step */
export const changeUser = (name, step) => call("POST", `/v1/users/${encodeURIComponent(name)}/${step}`, {});
export const ownPasskeys = async () => (await call("GET", "/v1/session/passkeys")).passkeys;
export const beginPasskey = () => call("POST", "/v1/session/passkeys/challenge", {});
/** @param {{attempt: string, name: string, credential: object}} answer */
export const addPasskey = (answer) => call("POST", "/v1/session/passkeys", answer);
export const removePasskey = (/** @type {string} */ id) => call("DELETE", `/v1/session/passkeys/${encodeURIComponent(id)}`);
export const passkeysOf = async (/** @type {string} */ name) => (await call("GET", ofUser(name, "passkeys"))).passkeys;
export const removePasskeyOf = (/** @type {string} */ name, /** @type {string} */ id) => call("DELETE", ofUser(name, "passkeys", id));
export const sessions = () => whole("/v1/sessions", "sessions");
export const endSession = (/** @type {string} */ id) => call("DELETE", `/v1/sessions/${encodeURIComponent(id)}`);
/** What a change would do, and from which state it starts. @param {string} id @param {Record<string, number | string>} settings */
export async function rehearseChange(id, settings) {
  const response = await ask("PATCH", at(id), { ...settings, dry_run: true });
  return { ...await response.json(), from: response.headers.get("etag") ?? "" };
}
/** Refused if somebody has changed it since. @param {string} id @param {Record<string, number | string>} settings @param {string} from */
export const changeIssuer = async (id, settings, from) => (await ask("PATCH", at(id), settings, { "if-match": from })).json();

/** The npm package's build for browsers: the same WebAssembly as at the edge. Absent from a server built without it. */
// @ts-expect-error: it is no file of this folder
export const validator = () => import("/dist/browser.mjs");

/**
 * Hears of every change of the status, until `close`. What goes wrong ends it: whoever follows decides when to try again.
 *
 * @param {(status: any) => void} onStatus @param {() => void} onEnd
 */
export function events(onStatus, onEnd) {
  const source = new EventSource("/v1/events");
  source.addEventListener("status", (event) => onStatus(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    source.close();
    onEnd();
  });
  return () => source.close();
}

export const rotate = (/** @type {string} */ id, /** @type {{reason?: string, dry_run?: boolean}} */ order) =>
  call("POST", at(id, "rotation"), order);
export const pauseRotation = (/** @type {string} */ id, /** @type {{reason?: string}} */ order) =>
  call("POST", at(id, "rotation", "pause"), order);
export const resumeRotation = (/** @type {string} */ id) => call("POST", at(id, "rotation", "resume"), {});
export const rollback = (/** @type {string} */ id, /** @type {{reason: string, dry_run?: boolean}} */ order) =>
  call("POST", at(id, "rollback"), order);
export const cancelRotation = (/** @type {string} */ id) => call("DELETE", at(id, "rotation"));
export const emergency = (/** @type {string} */ id, /** @type {{reason: string, confirm: string}} */ order) =>
  call("POST", at(id, "emergency"), order);

export const latestEmergency = (/** @type {string} */ id) => call("GET", at(id, "emergency"));
export const emergencyPlan = (/** @type {string} */ id) => call("GET", at(id, "emergency", "plan"));
export const revocations = (/** @type {string} */ id) => call("GET", at(id, "revocations"));
export const epochs = (/** @type {string} */ id) => call("GET", at(id, "epochs"));
export const revokeByName = (
  /** @type {string} */ id,
  /** @type {{claim: string, values: string[], reason: string, dry_run?: boolean}} */ order,
) => call("POST", at(id, "revocations"), order);
export const raiseEpoch = (
  /** @type {string} */ id,
  /** @type {{scope: string, value?: string, reason: string, dry_run?: boolean}} */ order,
) => call("POST", at(id, "epochs"), order);
export const approvals = () => whole("/v1/approvals", "approvals");
export const approval = (/** @type {string} */ id) => call("GET", ofApproval(id));
export const askForApproval = (/** @type {object} */ deed, /** @type {string} */ why = "") =>
  call("POST", "/v1/approvals", { deed, ...(why ? { break_glass: why } : {}) });
export const approve = (/** @type {string} */ id, /** @type {{reason?: string}} */ order) => call("POST", ofApproval(id, "approve"), order);
export const refuseApproval = (/** @type {string} */ id, /** @type {{reason: string}} */ order) => call("POST", ofApproval(id, "refuse"), order);
export const reviewBrokenGlass = (/** @type {string} */ id, /** @type {{finding: string}} */ order) => call("POST", ofApproval(id, "review"), order);

/** For so long an API token lives that two people have given: what was approved says nothing of it. */
export const GRANTED_DAYS = 90;

/** Does what was approved, by its own operation and with exactly its parameters. @param {any} deed @param {string} approval */
export async function doApproved({ kind, issuer: id, kid, ...rest }, approval) {
  const deeds = /** @type {Record<string, () => [Method, string, object]>} */ ({
    emergency: () => ["POST", at(id, "emergency"), rest],
    rollback: () => ["POST", at(id, "rollback"), rest],
    withdraw_root: () => ["POST", `/v1/roots/${encodeURIComponent(kid)}/withdraw`, rest],
    install_delegation: () => ["POST", at(id, "set-signer", "delegation"), rest],
    set_hand_off: () => ["PUT", at(id, "hand-off"), rest],
    end_approval: () => ["PATCH", at(id), { approval_required: false }],
    shorten_retention: () => ["PUT", RETENTION, rest],
    grant_access: () => (rest.by === "api_token"
      ? ["POST", "/v1/api-tokens", { label: rest.to, role: rest.role, expires_in_secs: GRANTED_DAYS * 86_400 }]
      : ["POST", "/v1/users", { name: rest.to, role: rest.role }]),
    release_hold: () => ["POST", releaseOf(rest.id), { reason: rest.reason }],
  });
  return (await ask(...deeds[kind](), { "keystile-approval": approval, "if-match": "*" })).json();
}

const RETENTION = "/v1/audit/retention";
const HOLDS = "/v1/audit/holds";
const releaseOf = (/** @type {string} */ id) => `${HOLDS}/${encodeURIComponent(id)}/release`;
/** @param {...string} parts */
const ofUser = (...parts) => ["/v1/users", ...parts.map(encodeURIComponent)].join("/");

/** @param {...string} parts */
const ofApproval = (...parts) => ["/v1/approvals", ...parts.map(encodeURIComponent)].join("/");

export const roots = () => call("GET", "/v1/roots");

export const activate = (
  /** @type {string} */ id,
  /** @type {string} */ kid,
  /** @type {{override_reason?: string, dry_run?: boolean}} */ order = {},
) => call("POST", at(id, "keys", kid, "activate"), order);
export const retire = (
  /** @type {string} */ id,
  /** @type {string} */ kid,
  /** @type {{dry_run?: boolean}} */ order = {},
) => call("POST", at(id, "keys", kid, "retire"), order);
export const revoke = (
  /** @type {string} */ id,
  /** @type {string} */ kid,
  /** @type {{reason: string, dry_run?: boolean}} */ order,
) => call("POST", at(id, "keys", kid, "revoke"), order);

export const webhooks = () => call("GET", "/v1/webhooks");
export const addWebhook = (/** @type {{url: string, events: string[]}} */ wanted) => call("POST", "/v1/webhooks", wanted);
export const testWebhook = (/** @type {string} */ id) => call("POST", `/v1/webhooks/${encodeURIComponent(id)}/test`, {});
export const rotateWebhookSecret = (/** @type {string} */ id) => call("POST", `/v1/webhooks/${encodeURIComponent(id)}/secret`, {});
export const removeWebhook = (/** @type {string} */ id) => call("DELETE", `/v1/webhooks/${encodeURIComponent(id)}`);
export const handOff = (/** @type {string} */ id) => call("GET", at(id, "hand-off"));
/** All targets; refused if somebody has changed them since. @param {string} id @param {{targets: any[], dry_run?: boolean}} wanted @param {string} revision */
export const setHandOff = async (id, wanted, revision) => (await ask("PUT", at(id, "hand-off"), wanted, { "if-match": `"${revision}"` })).json();

/** @param {string[]} parts */
function at(...parts) {
  return ["/v1/issuers", ...parts.map(encodeURIComponent)].join("/");
}

/** A page of a list, and the address of the next one (RFC 8288) if there is one. @param {string} path */
async function page(path) {
  const response = await ask("GET", path);
  const [, next = null] = /^<(\/v1\/[^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "") ?? [];
  return { ...await response.json(), next };
}

/** All pages of a list. @param {string} path @param {string} name of the list in each page @returns {Promise<any[]>} */
async function whole(path, name) {
  const items = [];
  /** @type {string | null} */
  let next = `${path}?limit=1000`;
  while (next) {
    const read = await page(next);
    items.push(...read[name]);
    next = read.next;
  }
  return items;
}

/** @typedef {"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} Method */

/** @param {Method} method @param {string} path @param {object} [body] @returns {Promise<any>} */
async function call(method, path, body) {
  const response = await ask(method, path, body);
  return response.status === 204 ? null : response.json();
}

/** @param {Method} method @param {string} path @param {object} [body] */
async function text(method, path, body) {
  return (await ask(method, path, body)).text();
}

/** @param {Method} method @param {string} path @param {object} [body] @param {Record<string, string>} [more] */
async function ask(method, path, body, more = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json", ...more };
  // A page of another origin cannot set this header, so the server knows that this one asked.
  if (method !== "GET") headers["x-keystile-csrf"] = "1";
  if (body) headers["content-type"] = "application/json";
  const response = await fetch(path, {
    method,
    headers,
    body: body && JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(15_000),
  });
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => ({})));
  return response;
}
