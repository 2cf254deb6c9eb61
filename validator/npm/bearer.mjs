// What the adapters have in common: a request's token is found and judged, and a refusal becomes an answer as RFC 6750
// has it, with a problem document (RFC 9457) as its body. No answer repeats anything of a token.

import { own } from "./options.mjs";

const DEFAULT_REALM = "api";

/** In seconds: what a client is told when it is not its token that is at fault. */
const RETRY_AFTER = "5";

/** Reads the options once and returns the function that judges requests: `{ auth }` or `{ refusal, answer }`. */
export function bearer(validator, options) {
  const { realm = DEFAULT_REALM, scope, cookie, ...rest } = own(options);
  for (const name of Object.keys(rest)) throw new TypeError(`unknown option \`${name}\`; remove it, or correct its name`);
  if (typeof validator?.checkAsync !== "function") throw new TypeError("the first argument must be a `Validator`");
  for (const [name, value] of Object.entries({ realm, cookie })) {
    if (value !== undefined && (typeof value !== "string" || !QUOTABLE.test(value))) throw new TypeError(`option \`${name}\` must be printable text without quotes`);
  }
  const scopes = scopeList(scope);

  return async (authorization, cookies) => {
    const { token, refusal } = presented(authorization, cookies, cookie);
    const verdict = refusal ?? (await validator.checkAsync(token));
    const lacking = verdict.ok && scopes.some((it) => !granted(verdict.claims).includes(it));
    if (verdict.ok && !lacking) return { auth: { header: verdict.header, claims: verdict.claims } };
    const said = lacking ? INSUFFICIENT_SCOPE : verdict;
    return { refusal: said, answer: answer(said, realm, scopes) };
  };
}

/** Every `Authorization` header of a request of Node's, whose `headers` have the first alone, as the others reach us: joined. */
export function authorizationOf({ headers, headersDistinct }) {
  return headersDistinct?.authorization?.join(", ") ?? headers.authorization;
}

const TOKEN_ABSENT = { code: "token_absent", message: "the request carries no token; send one as `Authorization: Bearer`" };
const TOKEN_AMBIGUOUS = { code: "token_ambiguous", message: "the request carries more than one token; send one, in one place" };
const INSUFFICIENT_SCOPE = { code: "insufficient_scope", message: "the token does not have the scope that this takes; get one that has it" };

// Whether it is our fault, what RFC 6750 section 3.1 calls it, and its status. Any other code is that of a bad token.
const ANSWERS = {
  token_absent: { status: 401, title: "a token is needed" },
  token_ambiguous: { status: 400, title: "a token is needed", error: "invalid_request" },
  insufficient_scope: { status: 403, title: "the token is not enough", error: "insufficient_scope" },
  key_set_unavailable: { status: 503, title: "tokens cannot be judged", isOurs: true },
  key_set_expired: { status: 503, title: "tokens cannot be judged", isOurs: true },
  revocation_unconfirmed: { status: 503, title: "tokens cannot be judged", isOurs: true },
};
const BAD_TOKEN = { status: 401, title: "the token is refused", error: "invalid_token" };

/** The status, headers and body that tell a client about a refusal. */
function answer({ code, claim, reason, message }, realm, scopes) {
  const { status, title, error, isOurs } = Object.hasOwn(ANSWERS, code) ? ANSWERS[code] : BAD_TOKEN;
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (isOurs) headers["retry-after"] = RETRY_AFTER;
  else headers["www-authenticate"] = challenge({ realm, error, error_description: error && message, scope: status === 403 && scopes.join(" ") });
  const problem = { type: `https://keystile.dev/errors/${code}`, title, status, code };
  return { status, headers, body: JSON.stringify({ ...problem, ...(claim && { claim }), ...(reason && { reason }), detail: message }) };
}

/** Without a token the client learns no more than that one is needed (RFC 6750 section 3.1). */
function challenge(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value);
  return `Bearer ${given.map(([name, value]) => `${name}="${value.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "?")}"`).join(", ")}`;
}

/** What may stand between quotes in a header (RFC 6750 section 3). */
const QUOTABLE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * The token of a request: in its `Authorization` header, or in a cookie where one is named. Never in the query, which ends
 * up in logs (RFC 6750 section 5.3). Two tokens are refused, since the next one to look might take the other.
 */
function presented(authorization, cookies, name) {
  const found = [];
  if (typeof authorization === "string") {
    // Whatever ends the scheme, a tab as well, some reader takes what follows for the token.
    const [, scheme, token] = /^([a-z\d-]*) *(.*)$/is.exec(authorization);
    if (scheme.toLowerCase() === "bearer") found.push(token);
    // Several headers reach us as one, joined by commas, of whichever one the next to look may take the second.
    const parts = authorization.split(",");
    if (parts.length > 1 && parts.some((part) => /^\s*bearer/i.test(part))) return { refusal: TOKEN_AMBIGUOUS };
  }
  if (name !== undefined) {
    for (const pair of (cookies ?? "").split(";")) {
      const at = pair.indexOf("=");
      if (at >= 0 && pair.slice(0, at).trim() === name) found.push(pair.slice(at + 1).trim());
    }
  }
  if (found.length > 1) return { refusal: TOKEN_AMBIGUOUS };
  return found.length === 0 ? { refusal: TOKEN_ABSENT } : { token: found[0] };
}

/** The scopes that a token has: `scope`, words in one string (RFC 8693 section 4.2), or the list that some issuers send. */
function granted({ scope, scp }) {
  return [scope, scp].flatMap((it) => (typeof it === "string" ? it.split(" ") : Array.isArray(it) ? it : []));
}

function scopeList(scope = []) {
  const list = (Array.isArray(scope) ? scope : [scope]).flatMap((it) => (typeof it === "string" ? it.split(" ") : [it]));
  // RFC 6749 section 3.3.
  if (list.every((it) => typeof it === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(it))) return list;
  throw new TypeError("option `scope` must be a scope, several with spaces between them, or a list of scopes");
}
