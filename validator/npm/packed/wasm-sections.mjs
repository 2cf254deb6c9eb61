// What a WASM module is made of, read from its own text: sections, and the sizes and names of its functions.

const SECTIONS = ["custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data", "data count"];
const CODE = 10;
const IMPORT = 2;

/** Sections in their order: [{ name, bytes }], `bytes` being a view of the content. */
export function sections(wasm) {
  const reader = new Reader(wasm, 8);
  const found = [];
  while (!reader.atEnd()) {
    const id = reader.byte();
    found.push({ id, name: SECTIONS[id] ?? `section ${id}`, bytes: reader.take(reader.number()) });
  }
  return found;
}

/** The functions that have a body: [{ name, size }]; `name` is what the module's name section says, if it has one. */
export function functions(wasm) {
  const all = sections(wasm);
  const imported = new Reader(all.find(({ id }) => id === IMPORT)?.bytes ?? Uint8Array.of(0)).number();
  const names = functionNames(all);
  const code = new Reader(all.find(({ id }) => id === CODE).bytes);
  return Array.from({ length: code.number() }, (_, index) => {
    const size = code.number();
    code.take(size);
    return { name: names.get(imported + index) ?? "", size };
  });
}

function functionNames(all) {
  const names = new Map();
  for (const { id, bytes } of all) {
    const section = new Reader(bytes);
    if (id !== 0 || section.text() !== "name") continue;
    while (!section.atEnd()) {
      const isOfFunctions = section.byte() === 1;
      const part = new Reader(section.take(section.number()));
      if (isOfFunctions) for (let left = part.number(); left > 0; left -= 1) names.set(part.number(), part.text());
    }
  }
  return names;
}

class Reader {
  #bytes;
  #at;

  constructor(bytes, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  atEnd() {
    return this.#at >= this.#bytes.length;
  }

  byte() {
    return this.#bytes[this.#at++];
  }

  take(length) {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** LEB128, which WebAssembly writes its lengths in. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  text() {
    return new TextDecoder().decode(this.take(this.number()));
  }
}
