// The package's classes, over the WASM that an entry (node.mjs, workerd.mjs, browser.mjs, inline.mjs) has loaded.
// What a token must be to be believed is decided in Rust; this file converts and delegates.

import { seconds, systemClock } from "./clock.mjs";
import { layDown, pickUp } from "./desk.mjs";
import { VerdictCache } from "./verdict_cache.mjs";
import { KeySet as WasmKeySet, Validator as WasmValidator, checkPolicy } from "./wasm.mjs";

export { engine } from "./wasm.mjs";

/** A token is refused. `code` is stable; `claim` and `reason` say more where the refusal is about a claim. */
export class ValidationError extends Error {
  constructor({ code, claim, reason, message }) {
    super(message);
    this.code = code;
    this.claim = claim;
    this.reason = reason;
  }
}

/** A key set cannot be used. `code` is stable. */
export class KeySetError extends Error {
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

// On the prototype, as the errors of the language have it, so that it survives a minifier and is not in every copy.
Object.defineProperty(ValidationError.prototype, "name", { value: "ValidationError" });
Object.defineProperty(KeySetError.prototype, "name", { value: "KeySetError" });

let wasmOf;

/** The keys whose signatures are believed. */
export class KeySet {
  #wasm;

  static {
    wasmOf = (keySet) => {
      if (!(#wasm in Object(keySet))) throw new TypeError("the key set must be a `KeySet`; make one with `KeySet.fromJwks`");
      return keySet.#wasm;
    };
  }

  constructor(wasm) {
    if (!(wasm instanceof WasmKeySet)) {
      throw new TypeError("make a `KeySet` with `fromJwks`, `fromSigned` or `fromPem`");
    }
    this.#wasm = wasm;
  }

  static fromJwks(jwks, { limits, ...rest } = {}) {
    refuseUnknown(rest);
    return new KeySet(keySetOrThrow(() => WasmKeySet.fromJwks(jsonText("jwks", jwks), limits)));
  }

  static fromPem(pem, { limits, ...rest } = {}) {
    refuseUnknown(rest);
    const texts = Array.isArray(pem) ? pem : [pem];
    texts.forEach((text) => requireString("pem", text));
    return new KeySet(keySetOrThrow(() => WasmKeySet.fromPem(texts, limits)));
  }

  static fromSigned(jws, roots, { issuer, now = systemClock, floor, generationFloor, limits, ...rest } = {}) {
    refuseUnknown(rest);
    requireString("jws", jws);
    requireString("issuer", issuer);
    for (const [name, value] of Object.entries({ floor, generationFloor })) {
      if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) throw new TypeError(`option \`${name}\` must be a number that was seen`);
    }
    const at = seconds(typeof now === "function" ? now() : now);
    return new KeySet(
      keySetOrThrow(() =>
        WasmKeySet.fromSigned(jws, jsonText("roots", roots), issuer, at, floor, generationFloor, limits),
      ),
    );
  }

  get kids() {
    return this.#wasm.kids;
  }

  get size() {
    return this.#wasm.kids.length;
  }

  get version() {
    return this.#wasm.version;
  }

  get generation() {
    return this.#wasm.generation;
  }

  get issuer() {
    return this.#wasm.issuer;
  }

  get expiresAt() {
    return this.#wasm.expiresAt;
  }

  get refresh() {
    return this.#wasm.refresh;
  }

  toJwks() {
    return JSON.parse(this.#wasm.toJwks());
  }

  free() {
    this.#wasm.free();
  }
}

// What a validator says while its source has no key set; the worker says the same by this name.
const KEY_SET_UNAVAILABLE = {
  code: "key_set_unavailable",
  claim: null,
  reason: null,
  message: "there is no key set to judge by; wait for `ready()` of the remote key set, and see its `state()`",
};

/** Judges tokens by a key set and a policy. */
export class Validator {
  #wasm;
  #now;
  #cache;
  #refusals = [];
  // Where the key set comes from, if it changes by itself, and the one of its sets that is judged by.
  #source;
  #followed;
  #policy;

  constructor(keySet, { now = systemClock, cache = {}, ...policy } = {}) {
    if (typeof now !== "function") throw new TypeError("option `now` must be a function that returns seconds since 1970");
    if (cache !== false && (typeof cache !== "object" || cache === null)) {
      throw new TypeError("option `cache` must be `false` or an object such as `{ entries: 1000 }`");
    }
    this.#now = now;
    this.#cache = cache && new VerdictCache(cache);
    if (typeof keySet?.current === "function") {
      checkPolicy(policy);
      this.#source = keySet;
      this.#policy = policy;
    } else {
      this.#wasm = new WasmValidator(wasmOf(keySet), policy);
    }
  }

  validate(token) {
    const verdict = this.#judge(token);
    if (typeof verdict === "number") throw new ValidationError(this.#refusal(verdict));
    return { header: verdict.header, claims: verdict.claims };
  }

  check(token) {
    const verdict = this.#judge(token);
    if (typeof verdict === "number") {
      const { code, claim, reason, message } = this.#refusal(verdict);
      return { ok: false, code, claim, reason, message };
    }
    return { ok: true, header: verdict.header, claims: verdict.claims };
  }

  async validateAsync(token) {
    const verdict = await this.checkAsync(token);
    if (!verdict.ok) throw new ValidationError(verdict);
    return { header: verdict.header, claims: verdict.claims };
  }

  async checkAsync(token) {
    await this.#source?.settled();
    const verdict = this.check(token);
    // The check has asked for another reading, if the source allows one now; this waits for it.
    if (verdict.code !== KID_UNKNOWN || !(await this.#source?.reread())) return verdict;
    return this.check(token);
  }

  /** What a believed token holds, or the number of the refusal: -1 and below, or 0 if there is no key set. */
  #judge(token) {
    const at = seconds(this.#now());
    if (this.#source && !this.#follow()) return 0;
    // What is not a string is not a token, and gets the verdict on an empty one.
    const text = typeof token === "string" ? token : "";
    const known = this.#cache && this.#cache.get(text, at);
    if (known) return known;
    const judged = this.#wasm.judge(layDown(text), at);
    if (judged < 0) {
      if (this.#source && this.#refusal(judged).code === KID_UNKNOWN) this.#source.reread();
      return judged;
    }
    const verdict = pickUp(judged);
    if (this.#cache) this.#cache.keep(text, { ...verdict, from: this.#wasm.from, until: this.#wasm.until });
    return verdict;
  }

  /** A refusal says the same every time, so its text is fetched once. */
  #refusal(verdict) {
    if (verdict === 0) return KEY_SET_UNAVAILABLE;
    const number = -1 - verdict;
    return (this.#refusals[number] ??= JSON.parse(this.#wasm.refusal(number)));
  }

  /** Takes over the present set of the source. Says whether there is one. */
  #follow() {
    const keySet = this.#source.current();
    if (keySet === undefined) return false;
    if (keySet !== this.#followed) {
      if (this.#wasm) this.#replace(keySet);
      else this.#wasm = new WasmValidator(wasmOf(keySet), this.#policy);
      this.#followed = keySet;
    }
    return true;
  }

  replaceKeySet(keySet) {
    if (this.#source) throw new TypeError("this validator follows a remote key set; make one of its own for another key set");
    this.#replace(keySet);
  }

  #replace(keySet) {
    keySetOrThrow(() => this.#wasm.replaceKeySet(wasmOf(keySet)));
    if (this.#cache) this.#cache.clear();
  }

  free() {
    if (this.#cache) this.#cache.clear();
    this.#wasm?.free();
  }
}

/** The refusal upon which a source of key sets looks for a newer one. */
const KID_UNKNOWN = "kid_unknown";

for (const { prototype } of [KeySet, Validator]) {
  if (Symbol.dispose) prototype[Symbol.dispose] = prototype.free;
}

/** A refused key set is thrown by the WASM as JSON text; whatever else is thrown is the caller's mistake. */
function keySetOrThrow(make) {
  try {
    return make();
  } catch (thrown) {
    throw typeof thrown === "string" ? new KeySetError(JSON.parse(thrown)) : thrown;
  }
}

function jsonText(name, value) {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  throw new TypeError(`\`${name}\` must be a JWK Set, as an object or as JSON text`);
}

function requireString(name, value) {
  if (typeof value !== "string") throw new TypeError(`\`${name}\` is missing or not a string; give it as text`);
}

function refuseUnknown(rest) {
  for (const name of Object.keys(rest)) {
    throw new TypeError(`unknown option \`${name}\`; remove it, or correct its name`);
  }
}
