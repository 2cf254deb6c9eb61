// Tokens, key sets and options, drawn by chance: { token, jwks, options, mutations }, `options` in this package's words.

import { constants, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Chance } from "./chance.mjs";
import { mutations } from "./mutations.mjs";

/** The instant at which everything takes place. */
export const NOW = 1_800_000_000;

const KEYS = { a: "token-a", b: "token-b", stranger: "stranger" };

/** Draws without end. `vectors` is the folder whose keys sign. */
export function* cases(seed, vectors) {
  const chance = new Chance(seed);
  const keys = Object.fromEntries(Object.entries(KEYS).map(([name, file]) => [name, key(name, join(vectors, "keys", `${file}.pem`))]));
  const all = Object.entries(mutations(NOW));
  for (;;) {
    const draft = blank(keys, chance);
    const drawn = Array.from({ length: chance.pick([0, 0, 1, 1, 1, 1, 2]) }, () => chance.pick(all));
    for (const [, mutate] of drawn) mutate(draft, chance);
    yield { token: token(draft, keys), jwks: draft.jwks, options: options(chance), mutations: drawn.map(([name]) => name) };
  }
}

function key(kid, file) {
  const privateKey = createPrivateKey(readFileSync(file));
  const { kty, n, e } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey, jwk: { kty, n, e, kid, use: "sig", alg: "RS256" } };
}

function blank(keys, chance) {
  const [key, otherKey] = [{ ...keys.a.jwk }, { ...keys.b.jwk }];
  const claims = { iss: "https://issuer.example", aud: "api.example", sub: `user-${chance.below(1000)}`, iat: NOW - chance.below(120), exp: NOW + 300 };
  if (chance.is(0.5)) claims.nbf = claims.iat;
  if (chance.is(0.5)) claims.jti = `${chance.below(1e9)}`;
  if (chance.is(0.3)) claims.scope = chance.pick(["read", "read write", "Ω", ""]);
  return {
    header: { alg: "RS256", kid: "a", ...(chance.is(0.7) && { typ: "JWT" }) },
    claims,
    signer: "a",
    hash: "sha256",
    key,
    otherKey,
    jwks: { keys: [key, otherKey] },
    strangersKey: keys.stranger.jwk,
    modulus: Buffer.from(keys.a.jwk.n, "base64url"),
  };
}

const same = (it) => it;

/** From the outside in, each step may have been changed by a mutation. */
function token(draft, keys) {
  const segment = (value, onText = same, onBytes = same) => onBytes(Buffer.from(onText(JSON.stringify(value)))).toString("base64url");
  const input = `${segment(draft.header, draft.protected, draft.protectedBytes)}.${segment(draft.claims, draft.payload, draft.payloadBytes)}`;
  const padding = draft.padding === "pss" ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const made = sign(draft.hash, Buffer.from((draft.signedInput ?? same)(input)), { key: keys[draft.signer].privateKey, ...padding });
  return (draft.token ?? same)(`${input}.${(draft.signatureBytes ?? same)(made).toString("base64url")}`);
}

function options(chance) {
  const some = (probability, name, choices) => (chance.is(probability) ? { [name]: chance.pick(choices) } : {});
  return {
    issuer: chance.is(0.9) ? chance.pick(["https://issuer.example", ["https://other.example", "https://issuer.example"], null]) : "https://other.example",
    audience: chance.is(0.9) ? chance.pick(["api.example", ["x", "api.example"], null]) : "other.example",
    leeway: chance.pick([0, 5, 30, 60]),
    ...some(0.2, "typ", ["JWT", "at+jwt", "application/at+jwt", "jwt"]),
    ...some(0.2, "maxTokenAge", [0, 30, 60, 3600]),
    requiredClaims: chance.is(0.9) ? chance.pick([["exp"], ["exp"], [], ["exp", "sub"], ["aud"]]) : chance.pick([["jti"], ["exp", "scope"], ["toString"]]),
    ...some(0.3, "allowMissingKid", [true]),
  };
}
