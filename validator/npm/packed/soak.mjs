// node --expose-gc soak.mjs PLAN VALIDATIONS KEY_SETS: works for long, and looks whether heap and WASM memory stay what they
// were. Only Node tells both to the byte.

import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { freshFolder } from "./fresh-folder.mjs";
import { Report } from "./report.mjs";

const NOW = 1_800_000_000;
const POLICY = { issuer: null, audience: null, now: () => NOW };

/** How often memory is looked at in a phase. The first looks see the compilers of the engine at work, and do not count. */
const LOOKS = 12;
const NOT_COUNTED = 4;

/** By how many bytes the last look may exceed the highest that is not yet counted. Beside the work, the engine itself allots. */
const HEAP_SLACK = 256 << 10;

/**
 * The same for the WASM memory where the collector frees: how many sets wait for their finalizers at once is its affair,
 * and with it how the allocator's free pieces lie. A set takes about 13 KiB, so that eighty of them may come together late;
 * after the looks that do not count, hundreds more are made than that.
 */
const COLLECTED_SLACK = 1 << 20;

/** Far more characters than the WASM has bytes. */
const TOO_LONG = 50_000_000;

/**
 * After so many key sets the runtime gets its turn. What nobody frees is collected then, by order: left alone, the collector
 * comes when the heap of JavaScript is full, in which a key set is a few bytes, and what it is in the WASM's memory does
 * not hurry it.
 */
const TURN = 250;

const [file, validations, keySets] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(file, "utf8"));
const memories = watchedMemories();
const fresh = await freshFolder(plan);
const report = new Report();
try {
  const { KeySet, Validator } = await import(pathToFileURL(join(fresh.installed, "node.mjs")));
  const material = signed(join(plan.vectors, "keys/token-a.pem"));
  const keySet = KeySet.fromJwks(material.jwks);
  for (const cache of [false, {}]) {
    const validator = new Validator(keySet, { ...POLICY, cache });
    await phase(`${validations} validations, cache ${cache ? "on" : "off"}`, Number(validations), judging(validator, material.tokens));
  }
  await report.case("a token that no limit allows is not taken in", async () => {
    const before = await memory();
    const { code } = new Validator(keySet, POLICY).check("a".repeat(TOO_LONG));
    const { wasm } = await memory();
    if (code !== "token_too_large" || wasm > before.wasm) throw new Error(`\`${code}\`, and the WASM memory is ${wasm} bytes after ${before.wasm}`);
  });
  await phase(`${keySets} key sets made, used and freed`, Number(keySets), replacing(KeySet, Validator, material, { letGo: (set) => set.free(), turn: setImmediate }));
  await phase(`${keySets} key sets made, used and left to the collector`, Number(keySets), replacing(KeySet, Validator, material, { letGo: () => {}, turn: collected }), COLLECTED_SLACK);
} finally {
  fresh.remove();
}
process.exitCode = report.end();

/** Whoever instantiates a module from here on shows its memory. */
function watchedMemories() {
  const found = [];
  WebAssembly.Instance = class extends WebAssembly.Instance {
    constructor(...words) {
      super(...words);
      // The package's probe of the engine has none.
      if (this.exports.memory) found.push(this.exports.memory);
    }
  };
  return found;
}

/** Runs `work` on the numbers below `count`, and fails if memory grew while it did, that of the WASM by more than `wasmSlack` bytes. */
function phase(name, count, work, wasmSlack = 0) {
  return report.case(name, async () => {
    const looks = [];
    for (let look = 0; look < LOOKS; look += 1) {
      const [from, to] = [look, look + 1].map((it) => Math.floor((count * it) / LOOKS));
      await work(from, to);
      looks.push(await memory());
    }
    console.log(`  heap ${looks.map(({ heap }) => heap).join(" ")}\n  WASM ${looks.map(({ wasm }) => wasm).join(" ")}`);
    const highest = (part) => Math.max(...looks.slice(0, NOT_COUNTED).map((look) => look[part]));
    const last = looks.at(-1);
    if (last.heap > highest("heap") + HEAP_SLACK) throw new Error(`the heap grew from ${highest("heap")} to ${last.heap} bytes`);
    if (last.wasm > highest("wasm") + wasmSlack) throw new Error(`the WASM memory grew from ${highest("wasm")} to ${last.wasm} bytes`);
  });
}

async function memory() {
  await collected();
  await collected();
  gc();
  return { heap: process.memoryUsage().heapUsed, wasm: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) };
}

/** Collects, and lets the finalizers run; what they let go of is garbage only then. */
async function collected() {
  gc();
  await setImmediate();
}

/** Three quarters of the tokens are good; the others are refused, each kind at another depth. */
function judging(validator, tokens) {
  return (from, to) => {
    for (let index = from; index < to; index += 1) {
      const { token, ok } = tokens[index % tokens.length];
      if (validator.check(token).ok !== ok) throw new Error(`a token is judged otherwise: ${token}`);
    }
  };
}

/** Each set holds the key that has signed, and another one that no set had before. */
function replacing(KeySet, Validator, { jwks, tokens }, { letGo, turn }) {
  const [{ token }] = tokens;
  let current = KeySet.fromJwks(jwks);
  const validator = new Validator(current, POLICY);
  return async (from, to) => {
    for (let index = from; index < to; index += 1) {
      const next = KeySet.fromJwks({ keys: [keyOfNobody(`${index}`), ...jwks.keys] });
      validator.replaceKeySet(next);
      if (!validator.check(token).ok) throw new Error("a good token is refused after a replacement");
      letGo(current);
      current = next;
      if (index % TURN === 0) await turn();
    }
  };
}

function keyOfNobody(kid) {
  const modulus = randomBytes(256);
  modulus[0] |= 0x80;
  modulus[255] |= 1;
  return { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB", kid, alg: "RS256", use: "sig" };
}

/** More tokens than the cache holds, so that it keeps forgetting; not so many that it never remembers. */
function signed(file) {
  const privateKey = createPrivateKey(readFileSync(file));
  const jwk = { ...createPublicKey(privateKey).export({ format: "jwk" }), kid: "a", alg: "RS256", use: "sig" };
  const tokens = Array.from({ length: 2000 }, (_, index) => {
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const input = `${encode({ alg: "RS256", kid: "a" })}.${encode({ sub: `user-${index}`, exp: NOW + (index % 8 === 7 ? -60 : 60), roles: ["reader", { of: index }] })}`;
    const token = `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
    if (index % 8 === 3) return { token: token.slice(0, -2), ok: false };
    return { token, ok: index % 8 !== 7 };
  });
  return { jwks: { keys: [jwk] }, tokens };
}
