// That `bytes` of the verdict cache bounds what V8 takes, measured by its garbage collector, for claims of every shape.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { VerdictCache } from "../dist/verdict_cache.mjs";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
const BYTES = 16 << 20;

const shapes = {
  "few claims": (n) => ({ iss: "https://issuer.example", sub: `user-${n}`, exp: 1_800_000_000 + n }),
  "many roles": (n) => ({ sub: `${n}`, roles: Array.from({ length: 50 }, (_, index) => `role-${n}-${index}`) }),
  "names of its own": (n) => Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`claim-${n}-${index}`, index])),
  "empty objects": (n) => ({ n, list: Array.from({ length: 200 }, () => ({})) }),
  "nested lists": (n) => ({ n, deep: JSON.parse("[".repeat(100) + "]".repeat(100)) }),
  "fractions": (n) => ({ numbers: Array.from({ length: 100 }, (_, index) => n + index / 7) }),
  "text beyond Latin": (n) => ({ text: `\u{1F511}${n}`.repeat(200) }),
};

function heap() {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

for (const [title, claims] of Object.entries(shapes)) {
  test(`holds for ${title}`, () => {
    const cache = new VerdictCache({ entries: 1_000_000, bytes: BYTES });
    const before = heap();
    const tokenOf = (n) => `${"h".repeat(60)}.${Buffer.from(JSON.stringify(claims(n))).toString("base64url")}.${String(n).padStart(342, "s")}`;
    for (let n = 0; n < 20_000; n += 1) {
      const verdict = JSON.parse(JSON.stringify({ header: { alg: "RS256", kid: "k1" }, claims: claims(n), from: 0, until: 2 }));
      cache.keep(tokenOf(n), verdict);
    }
    const taken = heap() - before;
    assert.ok(taken <= BYTES, `${taken} bytes are taken where ${BYTES} are allowed`);
    assert.ok(taken > BYTES / 16, `${taken} bytes are too few for the cache to be of use`);
    assert.notEqual(cache.get(tokenOf(19_999), 1), undefined);
  });
}
