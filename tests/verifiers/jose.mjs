// Judges tokens as a service does that reads a plain key set with npm's `jose`: a token a line in, `ok` or why not a line
// out. Usage: node jose.mjs <URL of the key set> <seconds> <iss> <aud>; the seconds are its cooldown and its cache.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// `cargo xtask` installs the package below the build folder and says so in NODE_PATH.
const { createRemoteJWKSet, jwtVerify } = createRequire(import.meta.url)("jose");

const [url, seconds, issuer, audience] = process.argv.slice(2);
const window = Number(seconds) * 1000;
const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: window, cacheMaxAge: window });

for await (const token of createInterface({ input: process.stdin })) {
  const verdict = await jwtVerify(token, keys, { issuer, audience, algorithms: ["RS256"] }).then(
    () => "ok",
    (error) => error.code,
  );
  process.stdout.write(`${verdict}\n`);
}
