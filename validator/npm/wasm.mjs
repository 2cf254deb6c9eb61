// The WASM that an entry (node.mjs, workerd.mjs, browser.mjs, inline.mjs) has loaded. There are two builds of one program:
// `relaxed` has the fastest arithmetic and is valid only where WebAssembly has relaxed SIMD; `simd` runs wherever it has
// SIMD.

export let KeySet;
export let Validator;
export let checkPolicy;
export let engine;
export let keySetBytes;
export let wasmMemory;
export let deskAddress;
export let deskBytes;

/** Makes a build the one that runs, once its module is initialised. */
export function use(build) {
  ({ KeySet, Validator, checkPolicy, engine, keySetBytes, wasmMemory, deskAddress, deskBytes } = build);
}

// (func (param v128 v128 v128) (result v128) local.get 0 local.get 1 local.get 2 f64x2.relaxed_madd)
const RELAXED_SIMD = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b,
  0x03, 0x02, 0x01, 0x00,
  0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x87, 0x02, 0x0b,
);

/** Whether the build `relaxed` is valid here. Whether it is right here, it tests itself. */
export const hasRelaxedSimd = WebAssembly.validate(RELAXED_SIMD);
