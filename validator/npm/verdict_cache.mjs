// Verdicts on tokens that were believed, so that one that is seen again costs a look-up and crosses no boundary.
//
// Whoever has no believed token can put nothing in here, and a token is found by its whole text: two tokens never share
// a verdict, and no text of an attacker's choice fills a bucket.

const ENTRIES = 1000;
const BYTES = 8 << 20;

// What an engine of 64 bits takes, counted upwards, so that what is kept never takes more than was allowed: every
// character as two bytes, every number as one on the heap, every object as a dictionary.
const ENTRY_BYTES = 256;
const VALUE_BYTES = 32;
const OBJECT_BYTES = 96;
const MEMBER_BYTES = 48;

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
    this.#entries = Math.floor(entries / 2);
    this.#bytes = bytes / 2;
  }

  /** The verdict on `token`, unless none is kept or it does not hold at `now`. */
  get(token, now) {
    const verdict = this.#young.get(token) ?? this.#promoted(token);
    return verdict !== undefined && now >= verdict.from && now < verdict.until ? verdict : undefined;
  }

  /** Keeps a verdict. It is frozen, so that no caller changes what the next one gets. */
  keep(token, { header, claims, from, until }) {
    const bytes = ENTRY_BYTES + text(token) + frozen(header) + frozen(claims);
    // A token is mostly a slice of a longer text, a request's headers or body, which the engine would keep with it. Put
    // together again it is a text of its own.
    this.#add(token.split(".").join("."), { header, claims, from, until, bytes });
  }

  /** Forgets everything: what was believed by one key set may not be by the next. */
  clear() {
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
  }

  #add(token, verdict) {
    if (verdict.bytes > this.#bytes) return;
    if (this.#young.size >= this.#entries || this.#youngBytes + verdict.bytes > this.#bytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(token, verdict);
    this.#youngBytes += verdict.bytes;
  }

  #promoted(token) {
    const verdict = this.#old.get(token);
    if (verdict !== undefined) {
      this.#old.delete(token);
      this.#add(token, verdict);
    }
    return verdict;
  }
}

/** Freezes a value that JSON text became, and says how many bytes it takes. The validator has bounded its depth. */
function frozen(value) {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return VALUE_BYTES;
  Object.freeze(value);
  let bytes = OBJECT_BYTES;
  for (const name of Object.keys(value)) bytes += MEMBER_BYTES + text(name) + frozen(value[name]);
  return bytes;
}

function text({ length }) {
  return VALUE_BYTES + 2 * length;
}

function requireCount(name, value) {
  if (!Number.isSafeInteger(value) || value < 2) throw new TypeError(`option \`${name}\` must be a whole number above 1`);
}
