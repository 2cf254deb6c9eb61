// Keys for the bridge: whatever jose takes for RS256 becomes a JWK, and the JWK a validator.

// The package by its own name, so that each runtime gets its own entry, and the WASM is loaded here too.
import { KeySet, Validator } from "@keystile/validator";

import { JOSENotSupported } from "./jose_errors.mjs";

/** How many policies and `kid`s one key has validators for. */
const VALIDATORS = 16;

/** A public RSA key for RS256. */
export class PublicKey {
  type = "public";
  #jwk;
  #validators = new Map();

  constructor({ kty, n, e, use, key_ops }) {
    // What a key is for (RFC 7517 sections 4.2 and 4.3) is judged with it.
    this.#jwk = { kty, n, e, use, key_ops };
    // Read once, so that a key that breaks a rule is refused here.
    readKeys(() => KeySet.fromJwks({ keys: [this.#jwk] }));
  }

  /** Judges a token. Which key to take has been decided already, so this one is called what the token calls it. */
  check(token, kid, now, policy) {
    const name = JSON.stringify([kid, policy]);
    const known = this.#validators.get(name) ?? this.#remember(name, kid, policy);
    known.now = now;
    return known.validator.check(token);
  }

  #remember(name, kid, policy) {
    const keySet = this.#keySet(kid);
    const made = { now: 0 };
    // Users of jose may change what they get, so that nothing of it can be kept.
    made.validator = new Validator(keySet, { ...policy, allowMissingKid: true, cache: false, now: () => made.now });
    if (this.#validators.size >= VALIDATORS) this.#validators.delete(this.#validators.keys().next().value);
    this.#validators.set(name, made);
    return made;
  }

  /** The key alone, called `kid`. A name that no key can have is left to the validator to refuse. */
  #keySet(kid) {
    try {
      return KeySet.fromJwks({ keys: [{ ...this.#jwk, kid }] });
    } catch {
      return KeySet.fromJwks({ keys: [this.#jwk] });
    }
  }
}

export async function importSPKI(spki, alg) {
  if (typeof spki !== "string" || !spki.startsWith("-----BEGIN PUBLIC KEY-----")) throw new TypeError("the key must be text that begins with `-----BEGIN PUBLIC KEY-----`");
  requireRs256(alg);
  return new PublicKey(readKeys(() => KeySet.fromPem(spki)).toJwks().keys[0]);
}

export async function importJWK(jwk, alg) {
  if (typeof jwk !== "object" || jwk === null) throw new TypeError("the JWK must be an object");
  const algorithm = alg ?? jwk.alg;
  if (!algorithm) throw new TypeError("the JWK does not name its `alg`; give it as the second argument");
  if (jwk.kty !== "RSA") throw new JOSENotSupported("only RSA keys for RS256 are supported");
  requireRs256(algorithm);
  if (jwk.d !== undefined) throw new TypeError("the JWK is a private key; a verifier needs, and should have, the public one only");
  return new PublicKey(jwk);
}

const imported = new WeakMap();

/** The key of ours for a key of jose's, Node's, WebCrypto's or none at all. */
export async function toPublicKey(key) {
  if (key instanceof PublicKey) return key;
  if (typeof key !== "object" || key === null) throw new TypeError("the key must be a public RSA key: a `CryptoKey`, a `KeyObject`, or a JWK");
  if (!imported.has(key)) imported.set(key, new PublicKey(await jwkOf(key)));
  return imported.get(key);
}

async function jwkOf(key) {
  if (key instanceof Uint8Array) throw new TypeError("the key must be a public RSA key; a secret verifies no RS256 token");
  if (key.type === "private" || key.d !== undefined) throw new TypeError("the key is a private key; a verifier needs, and should have, the public one only");
  if (globalThis.CryptoKey && key instanceof CryptoKey) {
    const { name, hash } = key.algorithm;
    if (name !== "RSASSA-PKCS1-v1_5" || hash?.name !== "SHA-256") throw new TypeError("the key must be one for RSASSA-PKCS1-v1_5 with SHA-256");
    if (!key.extractable) throw new TypeError("the key must be extractable; import it so, which is no risk with a public key");
    return crypto.subtle.exportKey("jwk", key);
  }
  if (typeof key.export === "function" && key.type === "public") {
    if (key.asymmetricKeyType !== "rsa") throw new TypeError("the key must be an RSA key");
    return key.export({ format: "jwk" });
  }
  if (key.kty !== "RSA" || (key.alg !== undefined && key.alg !== "RS256")) throw new TypeError("the key must be a public RSA key for RS256");
  return key;
}

function requireRs256(alg) {
  if (alg !== "RS256") throw new JOSENotSupported("only RS256 is supported");
}

function readKeys(read) {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`the key cannot be used: ${cause.message}`, { cause });
  }
}
