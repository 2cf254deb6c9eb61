// The exact lists behind filters of revoked tokens (docs/format.md section 4.1): fetched where a filter has a hit for a
// token, which is for every revoked one, and for one in 65,536 others.

import { isWorkerd } from "./runtime.mjs";

/**
 * After a list could not be had, none is asked for in so many seconds: whoever holds a suspected token must not turn us
 * against a server that fails.
 */
const PAUSE = 1;

export class RevokedLists {
  #source;
  #readings = new Map();
  #failedAt;

  /** `source.value(name, maxBytes)` gives a value. */
  constructor(source) {
    this.#source = source;
  }

  /** Fetches the lists that the validator `wasm` wants. Says whether one came. Never rejects. */
  async fetch(wasm, now) {
    if (now >= this.#failedAt && now < this.#failedAt + PAUSE) return false;
    const names = [];
    for (let name; (name = wasm.wantedList(names.length)) !== undefined; ) names.push(name);
    const came = await Promise.all(names.map((name) => this.#reading(name, wasm, now)));
    return came.includes(true);
  }

  /** One at a time for each list, except where nobody can wait for what another has begun. */
  #reading(name, wasm, now) {
    if (isWorkerd) return this.#read(name, wasm, now);
    if (!this.#readings.has(name)) {
      const done = this.#read(name, wasm, now).finally(() => this.#readings.delete(name));
      this.#readings.set(name, done);
    }
    return this.#readings.get(name);
  }

  async #read(name, wasm, now) {
    try {
      const value = await this.#source.value(name, wasm.listBytes);
      if (wasm.keepList(name, value) === undefined) return true;
    } catch {
      // The verdict says that the list was not asked, and the source why.
    }
    this.#failedAt = now;
    return false;
  }
}
