// Verdicts on tokens that were believed, so that one that is seen again costs a look-up and crosses no boundary.
//
// Whoever has no believed token can put nothing in here, and a token is found by its whole text: two tokens never share
// a verdict, and no text of an attacker's choice fills a bucket.

const ENTRIES = 1000;
const BYTES = 8 << 20;

/** An estimate of what a kept verdict holds beside the token's text: the objects that its JSON became. */
const OVERHEAD_BYTES = 1024;

/**
 * Two generations: verdicts go into the young one; when that is full it becomes the old one, and the old one is
 * forgotten. So what is asked for stays, and no hit has to reorder anything.
 */
export class VerdictCache {
  #young = new Map();
  #old = new Map();
  #youngBytes = 0;
  #entries;
  #bytes;

  constructor({ entries = ENTRIES, bytes = BYTES, ...rest }) {
    for (const name of Object.keys(rest)) throw new TypeError(`unknown option \`cache.${name}\`; remove it, or correct its name`);
    requireCount("cache.entries", entries);
    requireCount("cache.bytes", bytes);
    this.#entries = Math.ceil(entries / 2);
    this.#bytes = bytes / 2;
  }

  /** The verdict on `token`, unless none is kept or it does not hold at `now`. */
  get(token, now) {
    const verdict = this.#young.get(token) ?? this.#promoted(token);
    return verdict !== undefined && now >= verdict.from && now < verdict.until ? verdict : undefined;
  }

  /** Keeps a verdict. It is frozen, so that no caller changes what the next one gets. */
  keep(token, verdict) {
    const bytes = 2 * token.length + OVERHEAD_BYTES;
    if (bytes > this.#bytes) return;
    if (this.#young.size >= this.#entries || this.#youngBytes + bytes > this.#bytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    deepFreeze(verdict);
    // A token is mostly a slice of a longer text, a request's headers or body, which the engine would keep with it. Put
    // together again it is a text of its own.
    this.#young.set(token.split(".").join("."), verdict);
    this.#youngBytes += bytes;
  }

  /** Forgets everything: what was believed by one key set may not be by the next. */
  clear() {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
  }

  #promoted(token) {
    const verdict = this.#old.get(token);
    if (verdict !== undefined) {
      this.#old.delete(token);
      this.keep(token, verdict);
    }
    return verdict;
  }
}

// The validator has bounded how deep a token's JSON may nest.
function deepFreeze(value) {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const name of Object.keys(value)) deepFreeze(value[name]);
  }
}

function requireCount(name, value) {
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`option \`${name}\` must be a whole number above 0`);
}
