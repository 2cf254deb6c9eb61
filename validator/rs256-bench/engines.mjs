// Loads a build of this crate and wraps its exports.
import { readFileSync } from 'node:fs';

export const names = ['scalar', 'simd128', 'fused'];

export async function load(path) {
  const { instance } = await WebAssembly.instantiate(readFileSync(path), {});
  const wasm = instance.exports;
  const buffers = new Map();
  const put = (slot, bytes) => {
    if (!buffers.has(slot)) buffers.set(slot, wasm.allocate(4096));
    const pointer = buffers.get(slot);
    new Uint8Array(wasm.memory.buffer, pointer, bytes.length).set(bytes);
    return pointer;
  };
  return {
    wasm,
    put,
    selected: () => names[wasm.selected()],
    prepare: (name, modulus, exponent = 65537) =>
      wasm.prepare(names.indexOf(name), BigInt(exponent), put('modulus', modulus), modulus.length),
    /** Whether `number` to the power 65537 is `expected`; undefined if the build has not got the engine. */
    yields(name, modulus, number, expected) {
      const places = Object.entries({ modulus, number, expected }).map(([slot, bytes]) => put(slot, bytes));
      const answer = wasm.yields(names.indexOf(name), 65537n, ...places, modulus.length);
      return answer < 0 ? undefined : answer === 1;
    },
  };
}
