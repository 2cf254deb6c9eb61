// Keys, tokens and signed key sets, made by Node's own cryptography.

import { createHash, generateKeyPairSync, sign } from "node:crypto";

export const NOW = 1_800_000_000;

/** A key pair with its public half as a JWK. */
export function makeKey(kid, options = {}) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, ...options });
  const bare = publicKey.export({ format: "jwk" });
  const thumbprint = createHash("sha256").update(JSON.stringify({ e: bare.e, kty: bare.kty, n: bare.n })).digest("base64url");
  return { publicKey, privateKey, jwk: { ...bare, kid: kid ?? thumbprint, use: "sig", alg: "RS256" } };
}

export const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A compact JWS of a header and a payload, which may be text that is no JSON. */
export function signed(header, payload, { privateKey }) {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

export function makeToken(key, claims = {}, header = {}) {
  return signed({ alg: "RS256", kid: key.jwk.kid, ...header }, { iss: "https://issuer.example", aud: "api", exp: NOW + 60, ...claims }, key);
}

/** A signed key set (docs/format.md) of `keys`, under `root`. */
export function makeDocument(root, keys, members = {}) {
  const payload = { format: 1, iss: "https://issuer.example", iat: NOW - 60, exp: NOW + 86_400, version: 1, refresh: 5, keys: keys.map(({ jwk }) => jwk), ...members };
  return signed({ alg: "RS256", typ: "jwk-set+jwt", kid: root.jwk.kid }, payload, root);
}
