// The same vectors through the build that an engine without relaxed SIMD gets.

import assert from "node:assert/strict";
import { test } from "node:test";

// What such an engine says to the probe.
WebAssembly.validate = () => false;

const { engine } = await import("../dist/node.mjs");
await import("./vectors.test.mjs");

test("the arithmetic is that of plain SIMD", () => {
  assert.equal(engine(), "simd128");
});
