// The package's classes, over the WASM that an entry (node.mjs, workerd.mjs, browser.mjs, inline.mjs) has loaded.
// What a token must be to be believed is decided in Rust; this file converts and delegates.

import { seconds, systemClock } from "./clock.mjs";
import { judge, pickUp } from "./desk.mjs";
import { PLAIN, POLICY, SIGNED, giveTexts, made, own } from "./options.mjs";
import { RevokedLists } from "./revoked_lists.mjs";
import { VerdictCache } from "./verdict_cache.mjs";
import { KeySet as WasmKeySet } from "./wasm.mjs";

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

/** A key set cannot be used. `code` is stable. `filters` are those that `filter_missing` is about. */
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
      return alive(keySet.#wasm);
    };
  }

  constructor(wasm) {
    if (!(wasm instanceof WasmKeySet)) {
      throw new TypeError("make a `KeySet` with `fromJwks`, `fromSigned` or `fromPem`");
    }
    this.#wasm = wasm;
  }

  static fromJwks(jwks, options) {
    const text = jsonText("jwks", jwks);
    return new KeySet(made(PLAIN, options, (input) => input.fromJwks(bounded(input, text)), keySetRefused));
  }

  static fromPem(pem, options) {
    const texts = Array.isArray(pem) ? [...pem] : [pem];
    texts.forEach((text) => requireString("pem", text));
    const make = (input) => {
      giveTexts(input, "pem", texts.map((text) => bounded(input, text)));
      return input.fromPem();
    };
    return new KeySet(made(PLAIN, options, make, keySetRefused));
  }

  static fromSigned(jws, roots, options) {
    const { now = systemClock, filters, previous, ...rest } = own(options);
    requireString("jws", jws);
    const rootsText = jsonText("roots", roots);
    const at = seconds(typeof now === "function" ? now() : now);
    const make = (input) => {
      giveFilters(input, filters);
      if (previous !== undefined) input.filtersOf(wasmOf(previous));
      return input.fromSigned(bounded(input, jws), rootsText, at);
    };
    return new KeySet(made(SIGNED, rest, make, signedRefused));
  }

  get kids() {
    return this.toJwks().keys.map(({ kid }) => kid);
  }

  get size() {
    return this.kids.length;
  }

  get version() {
    return present(wasmOf(this).version);
  }

  get generation() {
    return present(wasmOf(this).generation);
  }

  get issuer() {
    return wasmOf(this).issuer;
  }

  get expiresAt() {
    return present(wasmOf(this).expiresAt);
  }

  get refresh() {
    return present(wasmOf(this).refresh);
  }

  toJwks() {
    return JSON.parse(wasmOf(this).toJwks());
  }

  free() {
    this.#wasm?.free();
    this.#wasm = undefined;
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
  #lists;
  #isFreed = false;

  constructor(keySet, options) {
    const { now = systemClock, cache = {}, ...policy } = own(options);
    if (typeof now !== "function") throw new TypeError("option `now` must be a function that returns seconds since 1970");
    if (cache !== false && (typeof cache !== "object" || cache === null)) {
      throw new TypeError("option `cache` must be `false` or an object such as `{ entries: 1000 }`");
    }
    this.#now = now;
    this.#cache = cache && new VerdictCache(cache);
    if (typeof keySet?.current === "function") {
      made(POLICY, policy, (input) => input.isPolicy());
      this.#source = keySet;
      if (typeof keySet.value === "function") this.#lists = new RevokedLists(keySet);
      this.#policy = policy;
    } else {
      this.#wasm = judgeBy(keySet, policy);
    }
  }

  validate(token) {
    const verdict = this.#judge(token);
    if (typeof verdict === "number") throw new ValidationError(this.#refusal(verdict));
    return { header: verdict.header, claims: verdict.claims };
  }

  check(token) {
    return this.#told(this.#judge(token));
  }

  #told(verdict) {
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
    const check = () => this.#told(this.#judge(token, WAITS));
    let verdict = check();
    if (verdict.code === KID_UNKNOWN && (await this.#source?.reread())) verdict = check();
    if (verdict.code === REVOCATION_UNCONFIRMED && (await this.#lists?.fetch(this.#wasm, seconds(this.#now())))) verdict = check();
    return verdict;
  }

  /**
   * What a believed token holds, or the number of the refusal: -1 and below, or 0 if there is no key set. Unless the caller
   * `waits` for what a refusal lacks, that is looked for beside.
   */
  #judge(token, waits) {
    if (this.#isFreed) throw freed();
    const at = seconds(this.#now());
    if (this.#source && !this.#follow()) return 0;
    // What is not a string is not a token, and gets the verdict on an empty one.
    const text = typeof token === "string" ? token : "";
    const known = this.#cache && this.#cache.get(text, at);
    if (known) return known;
    const judged = judge(this.#wasm, text, at);
    if (judged < 0) {
      if (this.#source && !waits) this.#look(this.#refusal(judged).code, at);
      return judged;
    }
    const verdict = pickUp(judged);
    if (this.#cache) this.#cache.keep(text, { ...verdict, from: this.#wasm.from, until: this.#wasm.until });
    return verdict;
  }

  /** Has the source look for what a refusal lacks. */
  #look(code, now) {
    if (code === KID_UNKNOWN) this.#source.reread();
    if (code === REVOCATION_UNCONFIRMED) this.#lists?.fetch(this.#wasm, now);
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
      else this.#wasm = judgeBy(keySet, this.#policy);
      this.#followed = keySet;
    }
    return true;
  }

  replaceKeySet(keySet) {
    if (this.#source) throw new TypeError("this validator follows a remote key set; make one of its own for another key set");
    this.#replace(keySet);
  }

  #replace(keySet) {
    const refusal = alive(this.#wasm).replaceKeySet(wasmOf(keySet));
    if (refusal !== undefined) throw keySetRefused(refusal);
    if (this.#cache) this.#cache.clear();
  }

  free() {
    if (this.#cache) this.#cache.clear();
    this.#wasm?.free();
    this.#wasm = undefined;
    this.#isFreed = true;
  }
}

/** The refusals upon which a source of key sets looks for a newer one, and for a list of revoked tokens. */
const KID_UNKNOWN = "kid_unknown";
const REVOCATION_UNCONFIRMED = "revocation_unconfirmed";

const WAITS = true;

for (const { prototype } of [KeySet, Validator]) {
  if (Symbol.dispose) prototype[Symbol.dispose] = prototype.free;
}

function judgeBy(keySet, policy) {
  const wasm = wasmOf(keySet);
  return made(POLICY, policy, (input) => input.validator(wasm));
}

/** The WASM says in JSON why it refuses a key set; whatever else it says is the caller's mistake. */
function keySetRefused(refusal) {
  return refusal.startsWith("{") ? new KeySetError(JSON.parse(refusal)) : new TypeError(refusal);
}

/** The same, with the names of the filters that were not given. */
function signedRefused(refusal, input) {
  const error = keySetRefused(refusal);
  if (error.code !== "filter_missing") return error;
  const filters = [];
  for (let name; (name = input.missingFilter(filters.length)) !== undefined; ) filters.push({ name, maxBytes: input.missingFilterBytes(filters.length) });
  return Object.assign(error, { filters });
}

function giveFilters(input, filters) {
  for (const [name, value] of Object.entries(own(filters, "filters"))) {
    if (!(value instanceof Uint8Array)) throw new TypeError(`the filter \`${name}\` must be a \`Uint8Array\``);
    input.filter(name, value);
  }
}

/** What is not there any more, the WASM would call a null pointer. */
function alive(wasm) {
  if (wasm === undefined) throw freed();
  return wasm;
}

function freed() {
  return new TypeError("its memory was returned by `free()`; make another one, and free it when it is not needed any more");
}

/** What a set has not got, the WASM calls NaN. */
function present(number) {
  return Number.isNaN(number) ? undefined : number;
}

/**
 * As much of a text as shows that it is too long, which is refused all the same: the memory that a longer one takes is never
 * given back by the WASM.
 */
function bounded(input, text) {
  return text.slice(0, (input.keySetBytes() ?? 0) + 1);
}

function jsonText(name, value) {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : value;
  if (typeof text === "string") return text;
  throw new TypeError(`\`${name}\` must be a JWK Set, as an object or as JSON text`);
}

function requireString(name, value) {
  if (typeof value !== "string") throw new TypeError(`\`${name}\` is missing or not a string; give it as text`);
}
