// Who judges: each is given a case and says { accepts, claims, header } or { refuses }, a code.

import { NOW } from "./cases.mjs";

export function keystile({ KeySet, KeySetError, Validator }) {
  return ({ token, jwks, options }) => {
    let keySet, validator;
    try {
      keySet = KeySet.fromJwks(jwks);
      validator = new Validator(keySet, { ...options, cache: false, now: () => NOW });
      const { ok, code, claim, header, claims } = validator.check(token);
      return ok ? { accepts: true, header, claims } : { refuses: claim ? `${code}: ${claim}` : code };
    } catch (error) {
      if (!(error instanceof KeySetError)) throw error;
      return { refuses: `key set: ${error.code}` };
    } finally {
      validator?.free();
      keySet?.free();
    }
  };
}

/** `verify` is jose's `jwtVerify`, or one that takes the same. `iat` is looked at by it only where `maxTokenAge` is given. */
export function jose({ createLocalJWKSet, jwtVerify }) {
  return async ({ token, jwks, options }) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), inJosesWords(options));
      return { accepts: true, header: protectedHeader, claims: payload };
    } catch (error) {
      return { refuses: [typeof error.code === "string" ? error.code : error.name, error.claim].filter(Boolean).join(": ") };
    }
  };
}

function inJosesWords({ issuer, audience, leeway, typ, maxTokenAge, requiredClaims }) {
  return {
    algorithms: ["RS256"],
    currentDate: new Date(NOW * 1000),
    clockTolerance: leeway,
    requiredClaims,
    ...(issuer !== null && { issuer }),
    ...(audience !== null && { audience }),
    ...(typ !== undefined && { typ }),
    ...(maxTokenAge !== undefined && { maxTokenAge }),
  };
}
