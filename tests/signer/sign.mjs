// Signs tokens with software that is not ours: npm's `jose`, on keys that OpenSSL made.
//
// One line of JSON in, one line of JSON out:
//   { "alg": "RS256", "key": PEM, "claims": {…} }            a token; its `kid` is the key's RFC 7638 thumbprint
//   { "alg": "HS256", "key": PEM, "claims": {…} }            the PEM's own bytes as the secret, `kid` as above
//   { "alg": "none", "claims": {…} }                         a token without signature
// Answers { "token": … } or { "error": … }.

import { createPrivateKey, createPublicKey } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// `cargo xtask` installs the package below the build folder and says so in NODE_PATH.
const { SignJWT, UnsecuredJWT, calculateJwkThumbprint, exportJWK } = createRequire(import.meta.url)("jose");

const kidOf = async (pem) => calculateJwkThumbprint(await exportJWK(createPublicKey(pem)));

const algorithms = {
  RS256: async ({ key, claims }) =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: await kidOf(key) }).sign(createPrivateKey(key)),
  HS256: async ({ key, claims }) =>
    new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: await kidOf(key) }).sign(Buffer.from(key)),
  none: async ({ claims }) => new UnsecuredJWT(claims).encode(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = await algorithms[request.alg](request).then(
    (token) => ({ token }),
    (error) => ({ error: String(error) }),
  );
  process.stdout.write(JSON.stringify(answer) + "\n");
}
