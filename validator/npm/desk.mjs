// The place in the WASM memory where a token is laid down and its verdict is picked up (src/desk.rs).

import { deskAddress, deskBytes, wasmMemory } from "./wasm.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A verdict is the number of a header times this, plus the length of the claims. */
const LENGTHS = 1 << 17;

const HEADERS = 8;
const headers = [];

let memory;
let address;
let desk = new Uint8Array(0);

/** Lays a token down, and returns its length in bytes; that of the whole desk if it is longer. */
export function layDown(token) {
  const desk = deskInMemory();
  const { read, written } = encoder.encodeInto(token, desk);
  return read === token.length ? written : desk.length;
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
    const json = text(start, deskInMemory().indexOf(0, start));
    const header = JSON.parse(json);
    const isFlat = Object.values(header).every((value) => typeof value !== "object" || value === null);
    known = headers[number % HEADERS] = { number, json, header: isFlat && header };
  }
  return known.header ? { ...known.header } : JSON.parse(known.json);
}

function text(start, end) {
  return decoder.decode(deskInMemory().subarray(start, end));
}

/** A view of WASM memory is emptied whenever that memory grows, and then made anew. */
function deskInMemory() {
  if (desk.length > 0) return desk;
  memory ??= wasmMemory();
  address ??= deskAddress();
  return (desk = new Uint8Array(memory.buffer, address, deskBytes()));
}
