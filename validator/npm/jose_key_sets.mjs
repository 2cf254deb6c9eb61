// Key sets for the bridge: functions that find the key of a token, as jose has them.

import { JOSEError, JOSENotSupported, JWKSInvalid, JWKSMultipleMatchingKeys, JWKSNoMatchingKey, JWKSTimeout } from "./jose_errors.mjs";
import { PublicKey } from "./jose_keys.mjs";
import { KeySetFetchError, remoteKeySet } from "./remote.mjs";
import { toStored } from "./stored_key_set.mjs";

/** Names the options that are no text, as jose has them. */
export const customFetch = Symbol("customFetch");
export const jwksCache = Symbol("jwksCache");

export function createLocalJWKSet(jwks) {
  const keys = ownKeys(jwks);
  const known = new Map();
  const keyOf = (jwk) => known.get(jwk) ?? known.set(jwk, new PublicKey(jwk)).get(jwk);
  const find = async (protectedHeader, token) => {
    const { alg, kid } = { ...protectedHeader, ...token?.header };
    if (alg !== "RS256") throw new JOSENotSupported("only RS256 is supported");
    const candidates = keys.filter((jwk) => isCandidate(jwk, kid));
    if (candidates.length === 0) throw new JWKSNoMatchingKey();
    if (candidates.length === 1) return keyOf(publicOnly(candidates[0]));
    throw Object.assign(new JWKSMultipleMatchingKeys(), {
      async *[Symbol.asyncIterator]() {
        yield* candidates.filter(({ d }) => d === undefined).map(keyOf);
      },
    });
  };
  return Object.defineProperty(find, "jwks", { value: () => structuredClone({ ...jwks, keys }) });
}

function ownKeys(jwks) {
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(jwks) || !Array.isArray(jwks.keys) || !jwks.keys.every(isObject)) throw new JWKSInvalid("a JWK Set is an object with a list `keys` of objects");
  return structuredClone(jwks.keys);
}

function isCandidate({ kty, use, key_ops: operations, alg, kid: name }, kid) {
  const isNamed = kid === undefined || kid === name;
  // A list that names an operation twice is none (RFC 7517 section 4.3).
  const isList = Array.isArray(operations) && new Set(operations).size === operations.length;
  const verifies = operations === undefined || (isList && operations.includes("verify"));
  return kty === "RSA" && isNamed && verifies && (use === undefined || use === "sig") && (alg === undefined || alg === "RS256");
}

function publicOnly(jwk) {
  if (jwk.d !== undefined) throw new JWKSInvalid("the key set holds a private key; publish the public one only");
  return jwk;
}

export function createRemoteJWKSet(url, options = {}) {
  if (!(url instanceof URL)) throw new TypeError("the address must be a `URL`");
  const { timeoutDuration = 5_000, cooldownDuration = 30_000, cacheMaxAge = 600_000, headers } = options;
  const kept = options[jwksCache];
  const remote = remoteKeySet(url, {
    timeout: timeoutDuration / 1000,
    cooldown: cooldownDuration / 1000,
    maxAge: cacheMaxAge / 1000,
    headers,
    fetch: options[customFetch],
    storage: kept && keptIn(kept, url.href, Math.min(cacheMaxAge / 1000, Number.MAX_SAFE_INTEGER)),
    // As with jose, nothing is read that no token asks for.
    background: false,
    allowHttp: true,
  });
  let present, local;
  const localSet = () => {
    const keySet = remote.current();
    if (keySet === undefined) throw translated(remote.state().lastError);
    if (keySet !== present) [present, local] = [keySet, createLocalJWKSet(keySet.toJwks())];
    return local;
  };
  const find = async (protectedHeader, token) => {
    await remote.settled();
    try {
      return await localSet()(protectedHeader, token);
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey) || !(await remote.reread())) throw error;
      return localSet()(protectedHeader, token);
    }
  };
  const age = () => remote.state().age ?? Infinity;
  return Object.defineProperties(find, {
    coolingDown: { get: () => age() * 1000 < cooldownDuration, enumerable: true },
    fresh: { get: () => age() * 1000 < cacheMaxAge, enumerable: true },
    reloading: { get: () => remote.state().isReading, enumerable: true },
    reload: { value: () => remote.refresh().then(() => {}, (error) => Promise.reject(translated(error))), enumerable: true },
    jwks: { value: () => remote.current()?.toJwks(), enumerable: true },
  });
}

/** The object in which jose's users keep a key set, as a storage. */
function keptIn(kept, url, maxAge) {
  return {
    get() {
      if (typeof kept.uat !== "number") return undefined;
      return toStored({ url, text: JSON.stringify(kept.jwks), readAt: Math.floor(kept.uat / 1000), lifetime: maxAge });
    },
    set(stored) {
      const { text, readAt } = JSON.parse(stored);
      Object.assign(kept, { jwks: JSON.parse(text), uat: readAt * 1000 });
    },
  };
}

function translated(error) {
  if (!(error instanceof KeySetFetchError)) return new JWKSInvalid(error?.message ?? "there is no key set", { cause: error });
  if (error.code === "fetch_timed_out") return new JWKSTimeout(undefined, { cause: error });
  if (error.code === "fetch_failed") return error.cause ?? error;
  return new JOSEError(error.message, { cause: error });
}
