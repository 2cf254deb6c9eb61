// @ts-check
// The one file that knows an address. Everything the console can do, any client of /openapi.json can do.

/** A refusal of the server, as its problem document (RFC 9457) says it. */
export class Refusal extends Error {
  /** @param {number} status @param {{code?: string, detail?: string, title?: string, request_id?: string}} problem */
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `the server answered with status ${status}`);
    this.name = "Refusal";
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.requestId = problem.request_id;
  }
}

export const session = () => call("GET", "/v1/session");
export const signIn = (/** @type {string} */ token) => call("POST", "/v1/session", { token });
export const signOut = () => call("DELETE", "/v1/session");

export const status = () => call("GET", "/v1/status");
export const issuer = (/** @type {string} */ id) => call("GET", at(id));
export const keys = (/** @type {string} */ id) => call("GET", at(id, "keys"));
export const changes = (/** @type {number} */ limit) => call("GET", `/v1/audit?limit=${limit}`);

export const rotate = (/** @type {string} */ id, /** @type {{reason?: string}} */ order) =>
  call("POST", at(id, "rotation"), order);
export const pauseRotation = (/** @type {string} */ id, /** @type {{reason?: string}} */ order) =>
  call("POST", at(id, "rotation", "pause"), order);
export const resumeRotation = (/** @type {string} */ id) => call("POST", at(id, "rotation", "resume"), {});
export const rollback = (/** @type {string} */ id, /** @type {{reason: string, dry_run?: boolean}} */ order) =>
  call("POST", at(id, "rollback"), order);
export const cancelRotation = (/** @type {string} */ id) => call("DELETE", at(id, "rotation"));
export const emergency = (/** @type {string} */ id, /** @type {{reason: string, confirm: string}} */ order) =>
  call("POST", at(id, "emergency"), order);

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
export const roots = () => call("GET", "/v1/roots");

export const activate = (
  /** @type {string} */ id,
  /** @type {string} */ kid,
  /** @type {{override_reason?: string}} */ order = {},
) => call("POST", at(id, "keys", kid, "activate"), order);
export const retire = (/** @type {string} */ id, /** @type {string} */ kid) =>
  call("POST", at(id, "keys", kid, "retire"), {});
export const revoke = (
  /** @type {string} */ id,
  /** @type {string} */ kid,
  /** @type {{reason: string}} */ order,
) => call("POST", at(id, "keys", kid, "revoke"), order);

/** @param {string[]} parts */
function at(...parts) {
  return ["/v1/issuers", ...parts.map(encodeURIComponent)].join("/");
}

/**
 * @param {"GET" | "POST" | "DELETE"} method @param {string} path @param {object} [body]
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
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
  const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}
