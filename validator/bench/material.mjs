// Keys and signed tokens for one run: node material.mjs FILE TOKENS
// Everybody gets the same ones, and they are signed beforehand: nobody's figure holds any signing.

import crypto from "node:crypto";
import { writeFileSync } from "node:fs";

export const SIZES = [2048, 3072, 4096];

/** How many keys the large set has. */
const KEYS = 1000;
const HOUR = 3600;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(header, claims, privateKey) {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${crypto.sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

/** A public key whose other half nobody has. A verifier cannot tell, and making it takes no search for primes. */
function keyOfNobody(bits, kid) {
  const modulus = crypto.randomBytes(bits / 8);
  modulus[0] |= 0x80;
  modulus[modulus.length - 1] |= 1;
  return { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB", kid, alg: "RS256", use: "sig" };
}

function ofSize(bits, count, policy, now) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: bits });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k", alg: "RS256", use: "sig" };
  const header = { alg: "RS256", typ: "JWT", kid: jwk.kid };
  const claims = { iss: policy.issuer, aud: policy.audience, iat: now, exp: now + 24 * HOUR, scope: "read write" };
  const tokens = Array.from({ length: count }, (_, i) =>
    signed(header, { ...claims, sub: `user-${i}`, jti: crypto.randomUUID() }, privateKey),
  );
  const others = Array.from({ length: KEYS - 1 }, (_, i) => keyOfNobody(bits, `other-${i}`));
  return { jwk, pem: publicKey.export({ type: "spki", format: "pem" }), tokens, manyKeys: others.toSpliced(KEYS / 2, 0, jwk) };
}

const [file, count] = process.argv.slice(2);
const policy = { issuer: "https://issuer.example", audience: "api.example" };
const now = Math.floor(Date.now() / 1000);
const sizes = Object.fromEntries(SIZES.map((bits) => [bits, ofSize(bits, Number(count), policy, now)]));
writeFileSync(file, JSON.stringify({ policy, sizes }));
