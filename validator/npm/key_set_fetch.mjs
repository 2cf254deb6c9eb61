// One reading of a key set over HTTP. Nothing that the answer says about itself is believed but its status and how long
// it stays fresh: not its type, not its length.

import { freshness } from "./http_freshness.mjs";
import { isWorkerd } from "./runtime.mjs";

/** A key set cannot be read from where it is published. `code` is stable. */
export class KeySetFetchError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }
}
Object.defineProperty(KeySetFetchError.prototype, "name", { value: "KeySetFetchError" });

/**
 * Asks for `url`. Returns `{ text, etag, lifetime, mayBeStored }`; `text` is `undefined` if the answer is that `etag` is
 * still the present one. Ends with `signal`.
 */
export async function fetchKeySet(fetch, url, { etag, headers, maxBytes, signal }) {
  const request = new Headers(headers);
  if (!request.has("accept")) request.set("accept", "application/jwk-set+json, application/jwk-set+jwt, application/json;q=0.9, */*;q=0.5");
  if (etag) request.set("if-none-match", etag);
  const response = await ask(fetch, url, request, signal);
  const about = { etag: response.headers.get("etag") ?? undefined, ...freshness(response.headers) };
  if (response.status === 304 && etag) return { text: undefined, ...about, etag: about.etag ?? etag };
  return { text: decode(await read(response, maxBytes, signal)), ...about };
}

/** Asks for the value `name` that lies beside the key set at `url`: its bytes. */
export async function fetchValue(fetch, url, name, { headers, maxBytes, signal }) {
  const address = new URL(url);
  address.pathname += `/${encodeURIComponent(name)}`;
  return read(await ask(fetch, address.href, new Headers(headers), signal), maxBytes, signal);
}

function ask(fetch, url, headers, signal) {
  // A redirect would let whoever answers choose another place, one that nobody has configured.
  const init = { method: "GET", headers, redirect: "manual", signal, ...(!isWorkerd && { cache: "no-store" }) };
  return aborting(signal, async () => {
    const response = await fetch(url, init);
    if (typeof response?.headers?.get === "function") return response;
    throw new KeySetFetchError("fetch_failed", "the option `fetch` gave no `Response`; have it give one");
  });
}

async function read(response, maxBytes, signal) {
  if (response.status === 200) return aborting(signal, () => readBytes(response, maxBytes));
  response.body?.cancel().catch(() => {});
  throw refusal(response);
}

function refusal({ status, type }) {
  // 304 leads nowhere: it says that nothing has changed, to somebody who has nothing.
  if (type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304)) {
    return new KeySetFetchError("fetch_redirected", "the answer is a redirect, which is not followed; give the address it leads to");
  }
  return new KeySetFetchError("fetch_status", `the answer has status ${status} instead of 200; check the address, and the server behind it`);
}

/** The body, as far as `maxBytes`: whoever sends more wants memory, and is cut off. */
async function readBytes({ body }, maxBytes) {
  const chunks = [];
  let length = 0;
  if (!body) return new Uint8Array();
  const reader = body.getReader();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if ((length += chunk.value.length) > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk.value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
  const bytes = new Uint8Array(length);
  for (let at = 0, chunk; (chunk = chunks.shift()); at += chunk.length) bytes.set(chunk, at);
  return bytes;
}

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new KeySetFetchError("fetch_not_text", "the answer is not UTF-8; have the server send the key set as it was published", { cause });
  }
}

function tooLarge(maxBytes) {
  return new KeySetFetchError("fetch_too_large", `the answer is longer than ${maxBytes} bytes; remove keys that are no longer used, or raise the limit \`keySetBytes\``);
}

/** The result of `work`, whose errors become ours; ends with `signal` even if `work` does not heed it. */
function aborting(signal, work) {
  const failed = (cause) => {
    if (cause instanceof KeySetFetchError) throw cause;
    throw new KeySetFetchError("fetch_failed", "the server cannot be reached; check the address and the network", { cause });
  };
  return untilAborted(signal, Promise.resolve().then(work).catch(failed));
}

/** What `promise` becomes, unless `signal` comes first. */
export function untilAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
