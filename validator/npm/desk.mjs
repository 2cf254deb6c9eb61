// The place in the WASM memory where a token is laid down and its verdict is picked up (src/desk.rs).

import { deskAddress, deskBytes, wasmMemory } from "./wasm.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

let memory;
let address;
let desk = new Uint8Array(0);

/** Lays a token down, and returns its length in bytes; that of the whole desk if it is longer. */
export function layDown(token) {
  const desk = deskInMemory();
  const { read, written } = encoder.encodeInto(token, desk);
  return read === token.length ? written : desk.length;
}

/** The JSON that lies there, `length` bytes long. */
export function pickUp(length) {
  return JSON.parse(decoder.decode(deskInMemory().subarray(0, length)));
}

/** A view of WASM memory is emptied whenever that memory grows, and then made anew. */
function deskInMemory() {
  if (desk.length > 0) return desk;
  memory ??= wasmMemory();
  address ??= deskAddress();
  return (desk = new Uint8Array(memory.buffer, address, deskBytes()));
}
