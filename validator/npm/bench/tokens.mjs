// What a whole token costs here and with its peers, in one process: node tokens.mjs [--json] [ROUNDS]
// Everybody has parsed its key beforehand, since that is how each is meant to be used. Every round measures all in turn,
// and a ratio is the median of the ratios within a round, so that it holds on a busy machine; the times do not. No
// verdict is cached by anybody, except where the row says so.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { createRequire } from "node:module";

import { KeySet, Validator, engine } from "../dist/node.mjs";

const json = process.argv.includes("--json");
const rounds = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 60);
const WARM_UP = 10;
const TOKENS = 64;

// The peers are the developer's, not the package's: NODE_PATH says where they are, and only `require` reads it.
const require = createRequire(import.meta.url);
const jose = require("jose");
const { createVerifier } = require("fast-jwt");
const jsonwebtoken = require("jsonwebtoken");

const policy = { issuer: "https://issuer.example", audience: "api.example" };
const now = Math.floor(Date.now() / 1000);

function signed(claims, privateKey) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${encode({ alg: "RS256", typ: "JWT", kid: "k" })}.${encode(claims)}`;
  return `${input}.${crypto.sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

async function contestants(bits) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: bits });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k", alg: "RS256", use: "sig" };
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const claims = { iss: policy.issuer, aud: policy.audience, iat: now, exp: now + 3600, scope: "read write" };
  const tokens = Array.from({ length: TOKENS }, (_, i) =>
    signed({ ...claims, sub: `user-${i}`, jti: crypto.randomUUID() }, privateKey),
  );
  const validator = new Validator(KeySet.fromJwks({ keys: [jwk] }), policy);
  const joseKey = await jose.importJWK(jwk, "RS256");
  const fastJwt = (cache) =>
    createVerifier({ key: pem, algorithms: ["RS256"], allowedIss: policy.issuer, allowedAud: policy.audience, cache });
  const [fresh, caching] = [fastJwt(false), fastJwt(true)];
  const raw = (token) => {
    const dot = token.lastIndexOf(".");
    const signature = Buffer.from(token.slice(dot + 1), "base64url");
    assert.ok(crypto.verify("sha256", Buffer.from(token.slice(0, dot)), publicKey, signature));
  };
  const options = { algorithms: ["RS256"], issuer: policy.issuer, audience: policy.audience };
  return {
    tokens,
    bytes: tokens[0].length,
    jobs: [
      ["node:crypto.verify, signature alone", raw],
      ["@keystile/validator", (token) => validator.validate(token)],
      ["fast-jwt, no cache", fresh],
      ["jsonwebtoken", (token) => jsonwebtoken.verify(token, publicKey, options)],
      ["jose", (token) => jose.jwtVerify(token, joseKey, options)],
      ["fast-jwt, cache hit", caching],
      ["@keystile/validator, refuses alg none", () => validator.check("eyJhbGciOiJub25lIiwia2lkIjoiayJ9.e30.")],
    ],
  };
}

async function microseconds(job, tokens) {
  const start = process.hrtime.bigint();
  for (const token of tokens) {
    const result = job(token);
    if (result instanceof Promise) await result;
  }
  return Number(process.hrtime.bigint() - start) / tokens.length / 1e3;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function measure(bits) {
  const { tokens, bytes, jobs } = await contestants(bits);
  const times = jobs.map(() => []);
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    for (const [i, [, job]] of jobs.entries()) {
      const time = await microseconds(job, tokens);
      if (round >= WARM_UP) times[i].push(time);
    }
  }
  return jobs.map(([name], i) => ({
    bits,
    bytes,
    name,
    median_us: Number(median(times[i]).toFixed(2)),
    of_node_crypto: Number(median(times[i].map((time, round) => time / times[0][round])).toFixed(3)),
  }));
}

const rows = [];
for (const bits of [2048, 3072, 4096]) rows.push(...(await measure(bits)));
if (json) {
  console.log(JSON.stringify({ node: process.version, engine: engine(), rows }));
} else {
  console.log(`Node ${process.version}, engine ${engine()}; us a token`);
  for (const { bits, bytes, name, median_us: us, of_node_crypto: ratio } of rows) {
    console.log(`${bits} ${String(bytes).padStart(4)} B  ${name.padEnd(40)} ${us.toFixed(2).padStart(8)}  ${ratio.toFixed(3)}`);
  }
}
