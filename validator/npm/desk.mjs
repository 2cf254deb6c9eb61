// The place in the WASM memory where a token is laid down and its verdict is picked up (src/desk.rs).

import { Desk, memory } from "./wasm.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A verdict is the number of a header times this, plus the length of the claims. */
const LENGTHS = 1 << 17;

const HEADERS = 8;
const headers = [];

let desk;
let address;
let bytes = new Uint8Array(0);

/** Has `validator` judge `token` at `now`, and returns its verdict: a number, negative for a refusal. */
export function judge(validator, token, now) {
  const bytes = bytesInMemory();
  const { read, written } = encoder.encodeInto(token, bytes);
  // Of a token that does not fit the length says so.
  return validator.judge(desk, read === token.length ? written : bytes.length, now);
}

/** What a verdict has left there: the claims, and behind them the header up to a zero byte. */
export function pickUp(verdict) {
  const number = Math.floor(verdict / LENGTHS);
  const length = verdict - number * LENGTHS;
  return { header: header(number, length), claims: JSON.parse(text(0, length)) };
}

/** Headers come again with other claims. Each gets an object of its own, and is read only if it was not there lately. */
function header(number, start) {
  let known = headers[number % HEADERS];
  if (known?.number !== number) {
    const json = text(start, bytesInMemory().indexOf(0, start));
    const header = JSON.parse(json);
    const isFlat = Object.values(header).every((value) => typeof value !== "object" || value === null);
    known = headers[number % HEADERS] = { number, json, header: isFlat && header };
  }
  return known.header ? { ...known.header } : JSON.parse(known.json);
}

function text(start, end) {
  return decoder.decode(bytesInMemory().subarray(start, end));
}

/** A view of WASM memory is emptied whenever that memory grows, and then made anew. */
function bytesInMemory() {
  if (bytes.length > 0) return bytes;
  desk ??= new Desk();
  address ??= desk.address;
  return (bytes = new Uint8Array(memory.buffer, address, desk.bytes));
}
