// The ten lines at the head of the README, run as they stand.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { json, publish } from "./publisher.mjs";
import { makeKey, makeToken } from "./signing.mjs";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const lines = /```js\n(.*?)```/s.exec(readme)[1];
const key = makeKey("k1");

/** Runs the lines with a token, and says what they print. They import the package by its name, from its own folder. */
async function run(address, token) {
  const program = `const token = ${JSON.stringify(token)};\n${lines.replace("https://issuer.example/.well-known/jwks.json", address)}`;
  const cwd = fileURLToPath(new URL("../dist/", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { cwd });
  return stdout.trim();
}

test("say who is welcome, and why somebody is not", async (context) => {
  assert.ok(lines.trim().split("\n").length <= 10);
  const { url } = await publish(context, json({ keys: [key.jwk] }));
  const claims = { sub: "user-1", aud: "api.example", exp: Math.floor(Date.now() / 1000) + 60 };
  assert.equal(await run(url, makeToken(key, claims)), "welcome user-1");
  assert.match(await run(url, makeToken(key, { ...claims, exp: 1 })), /^token_expired the token has expired/);
});
