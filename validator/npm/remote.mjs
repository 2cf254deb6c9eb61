// A key set that follows the place where it is published. Validators made with it judge by the last good set; looking for
// a newer one happens beside them, so that no token waits unless it names a key that is not there yet.

import { KeySet, KeySetError, Validator } from "./api.mjs";
import { seconds, systemClock } from "./clock.mjs";
import { KeySetFetchError, fetchKeySet, fetchValue, untilAborted } from "./key_set_fetch.mjs";
import { remoteOptions } from "./remote_options.mjs";
import { isWorkerd } from "./runtime.mjs";
import { fromStored, toStored } from "./stored_key_set.mjs";

export { KeySetFetchError };

/** Seconds after which a plain key set is read again if the answer does not say. */
const LIFETIME = 600;

/** How often somebody looks whether the reading of another request has come to its end, in milliseconds. */
const WATCH_EVERY = 20;

/** The longest that a timer can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Follows the key set that is published at `url`. Nothing is read before it is first asked for. */
export function remoteKeySet(url, options) {
  return new RemoteKeySet(url, options);
}

class RemoteKeySet {
  #url;
  #options;
  // The last good set, its text, and what was said about it. `readAt` is when the reading that brought it was begun.
  #keySet;
  #about = {};
  // Refuses what may not follow the sets before: rollback, another issuer, a revoked key.
  #keeper;
  #floors = {};
  #flight;
  #attemptedAt;
  #hasAsked = false;
  #failures = 0;
  #lastError;
  #storageError;
  #isRestored = false;
  #isClosed = false;
  #timer;

  constructor(url, options) {
    this.#options = remoteOptions(url, options);
    this.#url = new URL(url).href;
  }

  /** The set to judge by now, if there is one. Never waits; looks for a newer one where it is time to. */
  current() {
    const now = this.#now();
    if (this.#isDue(now)) this.#keepAlive(this.#read(now));
    return this.#isUsable(now) ? this.#keySet : undefined;
  }

  /** Waits for a set, unless there is one that is not too old, or none to be had now. */
  async settled() {
    const now = this.#now();
    const { readAt, lifetime } = this.#about;
    const isYoung = this.#isUsable(now) && now >= readAt && now < readAt + 2 * lifetime;
    if (isYoung || (this.#failures > 0 && this.#isCoolingDown(now))) return;
    await this.#read(now);
  }

  /** Looks for a newer set, unless somebody did a moment ago. Says whether there is another one now. */
  async reread() {
    const now = this.#now();
    const before = this.#keySet;
    if (!this.#isReading(now) && this.#isCoolingDown(now)) return false;
    await this.#read(now);
    return this.#keySet !== before;
  }

  /** Reads now, whatever was read a moment ago. */
  async refresh() {
    await this.#read(this.#now());
    // The first reading may have been content with what was stored.
    if (!this.#hasAsked) await this.#read(this.#now());
    if (this.#isClosed) throw closed();
    if (this.#lastError) throw this.#lastError;
  }

  async ready() {
    await this.settled();
    const now = this.#now();
    if (this.#isUsable(now) && !(this.#keySet.expiresAt <= now)) return this;
    throw this.#lastError ?? new KeySetFetchError("key_set_unavailable", "there is no key set; look at `state()`, and try again");
  }

  state() {
    const now = this.#now();
    const { readAt } = this.#about;
    return {
      version: this.#keySet?.version,
      generation: this.#keySet?.generation,
      kids: this.#keySet?.kids ?? [],
      age: readAt === undefined ? undefined : Math.max(0, now - readAt),
      isUsable: this.#isUsable(now) && !(this.#keySet.expiresAt <= now),
      usableUntil: this.#keySet && (this.#keySet.expiresAt ?? this.#usableUntil()),
      isReading: this.#isReading(now),
      nextRefresh: this.#isClosed ? undefined : Math.max(now, this.#nextRefresh()),
      failures: this.#failures,
      lastError: this.#lastError,
      storageError: this.#storageError,
    };
  }

  /** Reads no more. What is there is judged by until it is too old. */
  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#flight?.abort(closed());
  }

  #now() {
    return seconds(this.#options.now());
  }

  #isUsable(now) {
    // A signed set says itself when it ends, and is then refused by that name.
    return this.#keySet !== undefined && (this.#options.roots !== undefined || now < this.#usableUntil());
  }

  #usableUntil() {
    return this.#about.readAt + this.#about.lifetime + this.#options.staleFor;
  }

  #isReading(now) {
    // A reading belongs to the request that began it, and ends unseen if the runtime ends that request. So it is a lease.
    return this.#flight !== undefined && now >= this.#flight.since && now < this.#flight.until;
  }

  #isDue(now) {
    if (this.#isClosed || this.#isReading(now)) return false;
    // A clock that was put back says nothing about how old the set is.
    return now >= this.#nextRefresh() || now < this.#attemptedAt;
  }

  #nextRefresh() {
    if (this.#failures > 0) return this.#attemptedAt + this.#cooldown();
    // Where nothing has been read, nothing has failed: it is the first time, or the reading has ended unseen.
    const { readAt, lifetime } = this.#about;
    return readAt === undefined ? 0 : readAt + lifetime;
  }

  #isCoolingDown(now) {
    return now >= this.#attemptedAt && now < this.#attemptedAt + this.#cooldown();
  }

  /** Seconds from one reading that was not due to the next; a failed one counts like any other. */
  #cooldown() {
    return this.#failures > 0 ? Math.min(this.#options.cooldown, this.#about.lifetime ?? Infinity) : this.#options.cooldown;
  }

  /** Begins a reading, or joins the one that is under way. Never rejects. */
  #read(now) {
    if (this.#isClosed) return Promise.resolve();
    // Workers cannot wait for what another request has begun, so there everybody looks for himself whether it has ended.
    if (this.#isReading(now)) return isWorkerd ? this.#watch(this.#flight) : this.#flight.done;
    const { timeout, storage, roots } = this.#options;
    this.#attemptedAt = now;
    // The storage may take as long as the server, and so may what it says of filters, either time.
    const until = now + (storage ? 2 : 1) * (roots ? 2 : 1) * timeout + 1;
    const flight = (this.#flight = { since: now, until, abort() {}, done: undefined });
    return (flight.done = this.#attempt(flight));
  }

  async #watch(flight) {
    while (this.#flight === flight && this.#isReading(this.#now())) {
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY));
    }
    // The request that held the lease was ended by the runtime, and its reading with it.
    if (this.#flight === flight) await this.#read(this.#now());
  }

  async #attempt(flight) {
    try {
      if (!(await this.#restore(flight))) await this.#fetch(flight);
      if (this.#flight === flight) {
        this.#failures = 0;
        this.#lastError = undefined;
      }
    } catch (error) {
      if (this.#flight === flight) {
        this.#failures += 1;
        this.#lastError = error;
      }
    } finally {
      if (this.#flight === flight) {
        this.#flight = undefined;
        this.#arm();
      }
    }
  }

  async #fetch(flight) {
    this.#hasAsked = true;
    const { fetch, headers } = this.#options;
    const { etag, text: known } = this.#about;
    const maxBytes = this.#options.keySetBytes();
    const answer = await this.#inTime(flight, (signal) => fetchKeySet(fetch, this.#url, { etag, headers, maxBytes, signal }));
    // Another reading has taken over from one that took too long, and may have brought something newer.
    if (this.#flight !== flight) return;
    const text = answer.text ?? known;
    const isNews = text !== known;
    if (isNews) {
      const keySet = await this.#parse(flight, text);
      if (this.#flight !== flight) return;
      this.#adopt(keySet);
    }
    this.#about = { text, etag: answer.etag, readAt: flight.since, lifetime: this.#lifetime(answer.lifetime) };
    // Of a signed set the age proves nothing, so that it is worth storing only once.
    if (answer.mayBeStored && (isNews || !this.#options.roots)) this.#store();
  }

  /** The key set in a text. The filters of revoked tokens that it names are fetched, but for those that the last set had. */
  async #parse(flight, text) {
    const { roots, issuer, limits } = this.#options;
    if (roots === undefined) return KeySet.fromJwks(text, { limits });
    const options = { issuer, now: flight.since, limits, previous: this.#keySet, ...this.#floors };
    try {
      return KeySet.fromSigned(text, roots, options);
    } catch (error) {
      if (!error.filters) throw error;
      const fetched = (signal) => Promise.all(error.filters.map(async ({ name, maxBytes }) => [name, await this.#value(name, maxBytes, signal)]));
      const filters = Object.fromEntries(await this.#inTime(flight, fetched));
      return KeySet.fromSigned(text, roots, { ...options, filters });
    }
  }

  /** A value that lies beside the set: an exact list of revoked tokens. */
  value(name, maxBytes) {
    const value = this.#inTime({}, (signal) => this.#value(name, maxBytes, signal));
    this.#keepAlive(value.catch(() => {}));
    return value;
  }

  #value(name, maxBytes, signal) {
    const { fetch, headers } = this.#options;
    return fetchValue(fetch, this.#url, name, { headers, maxBytes, signal });
  }

  #adopt(keySet) {
    if (this.#keeper) this.#keeper.replaceKeySet(keySet);
    else this.#keeper = new Validator(keySet, { issuer: null, audience: null, cache: false });
    const higher = (floor, seen) => (seen === undefined ? floor : Math.max(floor ?? 0, seen));
    this.#floors = {
      floor: higher(this.#floors.floor, keySet.version),
      generationFloor: higher(this.#floors.generationFloor, keySet.generation),
    };
    this.#keySet = keySet;
  }

  /** Seconds until the next reading. A signed set says it itself; what carries it has no say. */
  #lifetime(said = LIFETIME) {
    const { cooldown, maxAge } = this.#options;
    return this.#keySet.refresh ?? Math.max(1, Math.min(Math.max(said, cooldown), maxAge));
  }

  /** Begins with what was stored. Says whether that is young enough to do without reading. */
  async #restore(flight) {
    const { storage } = this.#options;
    if (!storage || this.#isRestored) return false;
    this.#isRestored = true;
    try {
      const now = flight.since;
      const stored = fromStored(await this.#inTime(flight, () => storage.get()), this.#url, now);
      if (stored === undefined || this.#flight !== flight) return false;
      this.#floors = { floor: stored.floor, generationFloor: stored.generationFloor };
      const keySet = await this.#parse(flight, stored.text);
      if (this.#flight !== flight) return false;
      this.#adopt(keySet);
      this.#about = { ...stored, lifetime: this.#lifetime(stored.lifetime) };
      const isYoung = now < this.#about.readAt + this.#about.lifetime;
      // Nobody was asked now, so that a token with a new key need not wait for the cooldown.
      if (isYoung) this.#attemptedAt = this.#about.readAt;
      return isYoung;
    } catch (error) {
      this.#storageError = error;
      return false;
    }
  }

  #store() {
    const { storage } = this.#options;
    if (!storage) return;
    const text = toStored({ url: this.#url, ...this.#about, ...this.#floors });
    const stored = (async () => storage.set(text))().then(
      () => (this.#storageError = undefined),
      (error) => (this.#storageError = error),
    );
    this.#keepAlive(stored);
  }

  async #inTime(flight, work) {
    if (this.#isClosed) throw closed();
    const controller = new AbortController();
    flight.abort = (reason) => controller.abort(reason);
    const timer = setTimeout(() => flight.abort(timedOut()), this.#options.timeout * 1000);
    try {
      return await untilAborted(controller.signal, Promise.resolve(work(controller.signal)));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Tells a runtime that ends with the answer to go on for the sake of `promise`. */
  #keepAlive(promise) {
    try {
      this.#options.waitUntil?.(promise);
    } catch {
      // Outside of a request there is nothing to prolong; the next one looks again.
    }
  }

  /** Looks again when it is time, also where no token comes in. */
  #arm() {
    clearTimeout(this.#timer);
    if (!this.#options.background || this.#isClosed) return;
    const look = () => {
      this.current();
      if (!this.#flight) this.#arm();
    };
    const delay = Math.max(1, this.#nextRefresh() - this.#now()) * 1000;
    this.#timer = setTimeout(look, Math.min(delay, LONGEST_TIMER));
    // No process lives on for the sake of this timer.
    if (typeof this.#timer === "object") this.#timer.unref?.();
    else globalThis.Deno?.unrefTimer(this.#timer);
  }
}

function timedOut() {
  return new KeySetFetchError("fetch_timed_out", "the server took too long; check it, or raise the option `timeout`");
}

function closed() {
  return new KeySetFetchError("fetch_closed", "the remote key set was closed; make another one");
}

if (Symbol.dispose) RemoteKeySet.prototype[Symbol.dispose] = RemoteKeySet.prototype.close;
