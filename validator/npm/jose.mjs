// A bridge for users of jose: the functions of its verifying half that RS256 takes, with their signatures, results and
// errors. What a token must be is decided by the validator; this file says it in jose's words. jose.md lists what differs.

import * as errors from "./jose_errors.mjs";
import { toPublicKey } from "./jose_keys.mjs";
import { readPolicy } from "./jose_policy.mjs";
import { decodeJwt, readJws } from "./jose_segments.mjs";

export { createLocalJWKSet, createRemoteJWKSet, customFetch, jwksCache } from "./jose_key_sets.mjs";
export { importJWK, importSPKI } from "./jose_keys.mjs";
export { decodeJwt, decodeProtectedHeader } from "./jose_segments.mjs";
export { errors };

const { JOSEAlgNotAllowed, JOSENotSupported, JWSInvalid, JWSSignatureVerificationFailed, JWTClaimValidationFailed, JWTExpired, JWTInvalid } = errors;

export async function jwtVerify(jwt, key, options = {}) {
  const { text, header, token } = readJws(jwt);
  checkAlg(header, options.algorithms);
  const resolved = typeof key === "function" ? await key(header, token) : key;
  const publicKey = await toPublicKey(resolved);
  const { policy, subject, now } = readPolicy(options);
  const verdict = publicKey.check(text, header.kid, now, policy);
  if (!verdict.ok) throw inTheirOrder(verdict, publicKey, { text, header, policy, subject, now });
  const { header: protectedHeader, claims: payload } = verdict;
  if (subject !== undefined && payload.sub !== subject) throw unexpected("sub", payload);
  return typeof key === "function" ? { payload, protectedHeader, key: resolved } : { payload, protectedHeader };
}

function checkAlg({ alg, crit }, algorithms) {
  if (algorithms !== undefined && !(Array.isArray(algorithms) && algorithms.every((it) => typeof it === "string"))) throw new TypeError("option `algorithms` must be a list of strings");
  if (crit !== undefined && !(Array.isArray(crit) && crit.length > 0 && crit.every((it) => it && typeof it === "string"))) throw new JWSInvalid("`crit` must list extensions");
  if (crit !== undefined) throw new JOSENotSupported("the token demands an extension that is not supported; have the issuer leave out `crit`");
  if (typeof alg !== "string" || !alg) throw new JWSInvalid("the token does not name its `alg`");
  if (algorithms && !algorithms.includes(alg)) throw new JOSEAlgNotAllowed("the `alg` of the token is not one of the option `algorithms`");
  if (alg !== "RS256") throw new JOSENotSupported("only RS256 is supported");
}

/** Refusals about claims, which come after the signature. Every other one but `typ_mismatch` comes before. */
const ABOUT_CLAIMS = new Set(["claim_malformed", "claim_missing", "token_expired", "token_not_yet_valid", "token_too_old", "issuer_mismatch", "audience_mismatch"]);

/** Seconds by which no two clocks differ: with this leeway, time is not judged. */
const TIMELESS = 2 ** 52;

/**
 * The error for a refused token. Of several faults, jose names another one first than the validator does, and only if the
 * signature is good: so the token is judged again by parts of the policy, in jose's order, until one refuses it.
 */
function inTheirOrder(refusal, publicKey, { text, header, policy, subject, now }) {
  const { typ, issuer, audience, requiredClaims } = policy;
  const judge = (part) => publicKey.check(text, header.kid, now, { issuer: null, audience: null, leeway: TIMELESS, requiredClaims: [], limits: policy.limits, ...part });
  if (refusal.code !== "typ_mismatch" && !ABOUT_CLAIMS.has(refusal.code)) return translated(refusal);
  const signed = judge({});
  if (!signed.ok && !ABOUT_CLAIMS.has(signed.code)) return translated(signed);
  const payload = decodeJwt(text);
  if (refusal.code === "typ_mismatch") return new JWTClaimValidationFailed(refusal.message, payload, "typ", "check_failed");
  const parts = [{ requiredClaims }, { issuer, requiredClaims }, { issuer, audience, requiredClaims }];
  for (const [index, part] of parts.entries()) {
    const verdict = judge(part);
    if (!verdict.ok) return aboutClaim(verdict, payload, policy, subject);
    if (index === 1 && subject !== undefined && payload.sub !== subject) return unexpected("sub", payload);
  }
  return aboutClaim(refusal, payload, policy, subject);
}

function aboutClaim({ code, claim, reason, message }, payload, { issuer, audience }, subject) {
  if (code === "token_expired" || code === "token_too_old") return new JWTExpired(message, payload, claim, "check_failed");
  // What is compared with an option is, to jose, of the wrong value rather than of the wrong type.
  const isCompared = { iss: issuer !== null, aud: audience !== null, sub: subject !== undefined }[claim];
  const said = { missing: "missing", mismatch: "check_failed", malformed: isCompared ? "check_failed" : "invalid" }[reason];
  return new JWTClaimValidationFailed(message, payload, claim, said);
}

function unexpected(claim, payload) {
  return new JWTClaimValidationFailed(`the claim \`${claim}\` is not the expected one`, payload, claim, "check_failed");
}

function translated({ code, message }) {
  if (code === "signature_invalid") return new JWSSignatureVerificationFailed();
  if (code === "claims_malformed") return new JWTInvalid(message);
  return new JWSInvalid(message);
}
