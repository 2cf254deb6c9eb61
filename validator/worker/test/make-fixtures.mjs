// Writes the documents that the unit tests of the gateway's keyring read: node test/make-fixtures.mjs > ../gateway/src/keyring/fixtures.json
// The private keys are thrown away, so that running it again changes every line.

import { Signer } from "./signer.mjs";

const issuer = "https://issuer.example";
const now = 1_800_000_000;
const [root, stranger, first, second] = Array.from({ length: 4 }, () => new Signer());

const document = { iss: issuer, iat: now - 60, exp: now + 7 * 24 * 3600 };
const claims = { iss: issuer, aud: "api", sub: "ada", iat: now, exp: now + 30 * 24 * 3600 };

const fixtures = {
  issuer,
  now,
  roots: { keys: [root.jwk] },
  version_7: root.keySet([first], { ...document, version: 7 }),
  version_8_with_another_key: root.keySet([second, first], { ...document, version: 8 }),
  version_9_refreshed_every_30_s: root.keySet([second], { ...document, version: 9, refresh: 30 }),
  version_9_of_a_stranger: stranger.keySet([first], { ...document, version: 9 }),
  version_9_expired: root.keySet([first], { ...document, version: 9, exp: now - 1 }),
  token: first.token(claims),
  token_of_another_key: second.token(claims),
};
console.log(JSON.stringify(fixtures, null, 2));
