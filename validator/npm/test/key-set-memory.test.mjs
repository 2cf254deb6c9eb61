// What the WASM's memory takes it never gives back, so that nothing may go there whole whose length nobody has bounded.

import assert from "node:assert/strict";
import { test } from "node:test";

import { KeySet } from "../dist/node.mjs";
import { memory } from "../dist/wasm.mjs";

test("a text that is too long for a key set leaves the memory as it was", () => {
  const before = memory.buffer.byteLength;
  const text = "x".repeat(1 << 26);
  const roots = { keys: [] };
  for (const make of [() => KeySet.fromJwks(text), () => KeySet.fromPem([text]), () => KeySet.fromSigned(text, roots, { issuer: "a" })]) {
    assert.throws(make, { name: "KeySetError" });
  }
  assert.ok(memory.buffer.byteLength < before + (1 << 22), `${memory.buffer.byteLength} bytes, and ${before} before`);
});
