// The WASM that an entry (node.mjs, workerd.mjs, browser.mjs, inline.mjs) has loaded. There are two builds of one program:
// `relaxed` has the fastest arithmetic and is valid only where WebAssembly has relaxed SIMD; `simd` runs wherever it has
// SIMD.

export let Input;
export let KeySet;
export let Validator;
export let engine;
export let Desk;
export let memory;

/** Makes a build the one that runs, once its module is initialised, and gives its exports. */
export function use(build, exports) {
  ({ Input, KeySet, Validator, Desk, engine } = build);
  ({ memory } = exports);
}

// (func (export "f") (param f64 f64) (result f64), which multiplies the first by itself and adds the second, in one
// f64x2.relaxed_madd
const MULTIPLY_ADD = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x07, 0x01, 0x60, 0x02, 0x7c, 0x7c, 0x01, 0x7c,
  0x03, 0x02, 0x01, 0x00,
  0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00,
  0x0a, 0x16, 0x01, 0x14, 0x00, 0x20, 0x00, 0xfd, 0x14, 0x20, 0x00, 0xfd, 0x14, 0x20, 0x01, 0xfd, 0x14,
  0xfd, 0x87, 0x02, 0xfd, 0x21, 0x00, 0x0b,
);

/** Whether the build `relaxed` is valid here and as fast as it can be. Whether it is right here, it tests itself. */
export const hasRelaxedSimd = WebAssembly.validate(MULTIPLY_ADD) && fuses();

/** (2^27 + 1)^2 - (2^54 + 2^28) is 1, and 0 where the square is rounded before the sum. */
function fuses() {
  try {
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(MULTIPLY_ADD)).exports;
    return f(2 ** 27 + 1, -(2 ** 54 + 2 ** 28)) === 1;
  } catch {
    // Where nothing may be compiled at run time, as in workerd, the entry does not ask.
    return false;
  }
}
