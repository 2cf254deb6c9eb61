// Looks for secrets, in every form that they could have, in memory and in files.

import { closeSync, openSync, readFileSync, readSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The forms of some bytes: as they are, turned round as arithmetic has them, and as texts. */
export function formsOfBytes(bytes) {
  const texts = ["hex", "base64", "base64url"].map((encoding) => Buffer.from(trimmed(bytes.toString(encoding))));
  return [bytes, Buffer.from(bytes).reverse(), ...texts, Buffer.from(bytes.toString("hex").toUpperCase())];
}

/** The forms of a text: itself, and as another text would carry it. */
export function formsOfText(text) {
  const bytes = Buffer.from(text);
  return [bytes, Buffer.from(trimmed(bytes.toString("base64"))), Buffer.from(bytes.toString("hex"))];
}

/** Without its last characters, which depend on what comes next. */
const trimmed = (text) => text.replace(/=*$/, "").slice(0, -2);

/** Which of the named secrets are in `bytes`: their names. All are looked for at once, since there are hundreds. */
export function found(bytes, secrets) {
  const begins = new Uint8Array(1 << 16);
  const byBeginning = new Map();
  for (const [name, forms] of Object.entries(secrets)) {
    for (const form of forms) {
      if (form.length < 16) throw new Error(`${name} is too short to be looked for`);
      begins[form.readUInt16LE()] = 1;
      const beginning = form.readUInt32LE();
      byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), [name, form]]);
    }
  }
  const seen = [];
  for (let at = 0; at + 16 <= bytes.length; at += 1) {
    if (begins[bytes[at] | (bytes[at + 1] << 8)] === 0) continue;
    for (const [name, form] of byBeginning.get(bytes.readUInt32LE(at)) ?? []) {
      if (bytes.compare(form, 0, form.length, at, Math.min(at + form.length, bytes.length)) === 0) seen.push(name);
    }
  }
  return seen;
}

/**
 * What a process could write to: heap, stacks and all other memory of its own. The process must allow it, and be a child of
 * this one: then no rights are needed (ptrace_scope 0 and 1).
 */
export function memoryOf(pid) {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const parts = [];
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const [, from, to, rights, , name = ""] = /^(\w+)-(\w+) (\S+) \S+ \S+ (\d+)\s*(.*)$/.exec(line) ?? [];
    if (!rights?.startsWith("rw") || name === "[vvar]") continue;
    const [start, end] = [from, to].map((text) => Number.parseInt(text, 16));
    const bytes = Buffer.alloc(end - start);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(memory, bytes, length, bytes.length - length, start + length);
      if (read === 0) break;
      length += read;
    }
    parts.push([`${from} ${name}`, bytes.subarray(0, length)]);
  }
  closeSync(memory);
  return parts;
}

/** Every file below a folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)]);
}
