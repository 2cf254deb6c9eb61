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
    apply(key, number) {
      const result = put('result', Buffer.alloc(number.length));
      if (!wasm.apply(key, put('number', number), result, number.length)) return null;
      return Buffer.from(wasm.memory.buffer.slice(result, result + number.length));
    },
  };
}
