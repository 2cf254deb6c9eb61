import type { JwkSet, KeySet, KeySetError, KeySetSource, Limits } from "./index.js";

/** Where the last good key set is kept from one process to the next: a file, a KV namespace. */
export interface KeySetStorage {
  /** What was stored last, or nothing. */
  get(): Promise<string | null | undefined> | string | null | undefined;
  /** Stores a text. */
  set(text: string): Promise<unknown> | unknown;
}

export interface RemoteKeySetOptions {
  /** The public root keys of a signed key set. Without them the key set is a plain JWK Set. */
  roots?: JwkSet | string;
  /** The issuer that a signed key set must be of. Goes with `roots`. */
  issuer?: string;
  /** After how many seconds a server that has not answered is given up: 5 unless set. */
  timeout?: number;
  /**
   * How many seconds lie between two readings that were not due: after a `kid` that is not in the set, and after a reading
   * that failed. 30 unless set. No plain set is read more often than this.
   */
  cooldown?: number;
  /** The longest that a plain set is not read again, in seconds, whatever `Cache-Control` says: a day unless set. */
  maxAge?: number;
  /**
   * For how many seconds after its time a plain set is still judged by if no newer one can be read: four hours unless set.
   * A signed set is judged by until it expires.
   */
  staleFor?: number;
  /** Headers to send. */
  headers?: HeadersInit;
  /**
   * Keeps the last good set. A signed set from there is checked like any other; a plain one is trusted as it was stored, so
   * that nobody but you may be able to write there.
   */
  storage?: KeySetStorage;
  /** Prolongs the life of a request until a promise is settled: Cloudflare's `waitUntil`, from `cloudflare:workers`. */
  waitUntil?: (promise: Promise<unknown>) => void;
  /** Whether a timer reads the set when it is time to: `true` unless set, and `false` in Workers, which have no such timer. */
  background?: boolean;
  /** Whether `http:` is allowed for a plain set, beyond this very machine: `false` unless set. */
  allowHttp?: boolean;
  /** What to fetch with. The global `fetch` unless set. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The clock: a function that returns seconds since 1970. The system's unless set. */
  now?: () => number;
  limits?: Limits;
}

/** What is known of a remote key set. */
export interface RemoteKeySetState {
  /** The version of a signed set. */
  version: number | undefined;
  /** The generation of the delegation that a set was signed under. */
  generation: number | undefined;
  kids: string[];
  /** Seconds since the server last said that this is the set. */
  age: number | undefined;
  /** Whether tokens can be judged by it now. */
  isUsable: boolean;
  /** The second, since 1970, until which they can, if nothing newer comes. */
  usableUntil: number | undefined;
  /** Whether it is being read. */
  isReading: boolean;
  /** The second, since 1970, from which it is read again. */
  nextRefresh: number | undefined;
  /** How many readings have failed since the last one that succeeded. */
  failures: number;
  lastError: KeySetFetchError | KeySetError | Error | undefined;
  storageError: unknown;
}

/** A key set that follows the place where it is published. Give it to `new Validator(...)`. */
export interface RemoteKeySet extends KeySetSource {
  current(): KeySet | undefined;
  /** Reads what lies beside a signed set, below its address: the lists of revoked tokens. */
  value(name: string, maxBytes: number): Promise<Uint8Array>;
  /** Waits until there is a set to judge by. Rejects with what kept it from coming. */
  ready(): Promise<this>;
  /** Reads now, whatever was read a moment ago. Rejects if it cannot; the last good set stays. */
  refresh(): Promise<void>;
  state(): RemoteKeySetState;
  /** Reads no more. What is there is judged by until it is too old. */
  close(): void;
  [Symbol.dispose](): void;
}

/** Follows the key set that is published at `url`. Nothing is read before it is first asked for. */
export function remoteKeySet(url: string | URL, options?: RemoteKeySetOptions): RemoteKeySet;

/** A key set cannot be read from where it is published. */
export class KeySetFetchError extends Error {
  private constructor();
  readonly name: "KeySetFetchError";
  readonly code:
    | "fetch_failed"
    | "fetch_timed_out"
    | "fetch_redirected"
    | "fetch_status"
    | "fetch_too_large"
    | "fetch_not_text"
    | "fetch_closed"
    | "key_set_unavailable";
}
