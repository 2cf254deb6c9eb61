// The options of `remoteKeySet`, read as strictly as those of a validator.

import { systemClock } from "./clock.mjs";
import { PLAIN, made, own } from "./options.mjs";
import { isWorkerd } from "./runtime.mjs";

/** Seconds; README.md says what each is for. */
const DEFAULTS = { timeout: 5, cooldown: 30, maxAge: 86_400, staleFor: 14_400 };

/** In seconds: no server that takes longer is worth waiting for, and timers that wait for weeks fire at once. */
const LONGEST_TIMEOUT = 3600;

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export function remoteOptions(url, options) {
  const { roots, issuer, limits, fetch = platformFetch, headers, storage, waitUntil, allowHttp = false, background = !isWorkerd, now = systemClock, ...rest } = own(options);
  for (const name of Object.keys(rest)) if (!Object.hasOwn(DEFAULTS, name)) refuse(name, "does not exist; remove it, or correct its name");
  for (const [name, value] of Object.entries({ allowHttp, background })) {
    if (typeof value !== "boolean") refuse(name, "must be `true` or `false`");
  }
  requireAddress(url, roots !== undefined || allowHttp);
  requireSigners(roots, issuer);
  requireHeaders(headers);
  for (const [name, value] of Object.entries({ fetch, now, waitUntil })) {
    if (value !== undefined && typeof value !== "function") refuse(name, "must be a function");
  }
  if (storage && !(typeof storage.get === "function" && typeof storage.set === "function")) {
    refuse("storage", "must have the functions `get` and `set`");
  }
  const durations = Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, duration(name, rest[name] ?? value)]));
  if (durations.timeout > LONGEST_TIMEOUT) refuse("timeout", `must be ${LONGEST_TIMEOUT} seconds or less`);
  // Asked for when it is needed, since the WASM may not be loaded yet where this module is imported first.
  return { roots, issuer, limits, fetch, headers, storage, waitUntil, background, now, ...durations, keySetBytes: () => made(PLAIN, { limits }, (input) => input.keySetBytes()) };
}

function requireAddress(url, allowHttp) {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || (protocol === "http:" && (allowHttp || LOOPBACK.test(hostname)))) return;
  throw new TypeError("a plain key set is only as genuine as the way it comes; give an address with `https:`, the `roots` of a signed key set, or `allowHttp: true`");
}

function requireSigners(roots, issuer) {
  if ((roots === undefined) !== (issuer === undefined)) {
    refuse(roots === undefined ? "roots" : "issuer", "is missing; a signed key set takes both, a plain one neither");
  }
  if (roots === undefined) return;
  if (typeof issuer !== "string") refuse("issuer", "must be text");
  if (typeof roots !== "string" && (typeof roots !== "object" || roots === null)) refuse("roots", "must be a JWK Set, as an object or as JSON text");
}

function requireHeaders(headers) {
  try {
    new Headers(headers);
  } catch {
    refuse("headers", "must be headers that can be sent, such as `{ \"x-api-key\": \"...\" }`");
  }
}

function duration(name, value) {
  if (typeof value === "number" && value >= 0) return value;
  return refuse(name, "must be a number of seconds");
}

function refuse(name, what) {
  throw new TypeError(`option \`${name}\` ${what}`);
}

function platformFetch(...request) {
  return globalThis.fetch(...request);
}
