// @ts-check
// Verifies an export of the audit log in the browser, by docs/audit.md: hash chain, Merkle tree, signed checkpoints.
import { hex } from "./fingerprint.js";
import { BROKEN } from "./texts/audit.js";

const encoder = new TextEncoder();

/** @param {...Uint8Array} parts @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

/** A Merkle tree (RFC 6962, 2.1), as the roots of its whole subtrees. */
class Tree {
  /** @type {Uint8Array<ArrayBuffer>[]} */ peaks = [];
  size = 0;

  /** @param {Uint8Array} leaf */
  async append(leaf) {
    let root = await sha256(Uint8Array.of(0), leaf);
    for (let bits = this.size; bits % 2 === 1; bits = Math.floor(bits / 2)) {
      root = await sha256(Uint8Array.of(1), /** @type {Uint8Array} */ (this.peaks.pop()), root);
    }
    this.peaks.push(root);
    this.size += 1;
  }

  async root() {
    let [root, ...rest] = [...this.peaks].reverse();
    for (const left of rest) root = await sha256(Uint8Array.of(1), left, root);
    return root ?? sha256();
  }
}

/**
 * Returns what the export proves, or throws with the line at which it does not hold.
 *
 * @param {string} text @returns {Promise<{entries: number, head: string, verifier: string, signed: boolean}>}
 */
export async function verifyExport(text) {
  if (!text.endsWith("\n")) throw new Error(BROKEN.cut);
  const [first, ...lines] = text.slice(0, -1).split("\n");
  const header = JSON.parse(first).export;
  if (header?.format !== 1) throw new Error(BROKEN.headless);
  const verifier = await readVerifier(header.verifier);
  const tree = new Tree();
  let chain = new Uint8Array(32);
  let [covered, last] = [0, /** @type {any} */ (null)];
  for (const [index, line] of lines.entries()) {
    const { entry, checkpoint } = JSON.parse(line);
    const hold = (/** @type {boolean} */ holds, /** @type {string} */ what) => {
      if (!holds) throw new Error(BROKEN.line(index + 2, what));
    };
    hold((entry === undefined) !== (checkpoint === undefined), BROKEN.neither);
    if (entry) {
      const bytes = encoder.encode(entry.text);
      chain = await sha256(chain, bytes);
      await tree.append(bytes);
      last = JSON.parse(entry.text);
      hold(entry.seq === tree.size && last.seq === tree.size, BROKEN.misplaced);
      hold(entry.hash === hex(chain), BROKEN.rewritten(tree.size));
    } else {
      const { size, root } = await open(checkpoint, verifier);
      hold(size === tree.size && root === base64(await tree.root()), BROKEN.otherEntries);
      covered = size;
    }
  }
  if (last?.action !== "audit.exported" || covered !== tree.size || header.entries !== tree.size) throw new Error(BROKEN.tail);
  return { entries: tree.size, head: hex(chain), verifier: header.verifier, signed: verifier.key !== null };
}

/** Reads `name+hash+key` (C2SP signed-note). A browser without Ed25519 checks everything but the signatures. @param {string} text */
async function readVerifier(text) {
  const [, name, hash, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const bytes = bytesOf(encoded ?? "");
  if (!name || bytes.length !== 33 || bytes[0] !== 1) throw new Error(BROKEN.noKey);
  const expected = (await sha256(encoder.encode(`${name}\n`), bytes)).subarray(0, 4);
  if (hex(expected) !== hash) throw new Error(BROKEN.keyHash);
  const key = await crypto.subtle.importKey("raw", bytes.subarray(1), "Ed25519", false, ["verify"]).catch(() => null);
  return { name, hash, key };
}

/** Size and root of a checkpoint that the key has signed. @param {string} note @param {{name: string, hash: string, key: CryptoKey | null}} verifier */
async function open(note, { name, hash, key }) {
  const end = note.lastIndexOf("\n\n");
  const [body, signatures] = [note.slice(0, end + 1), note.slice(end + 2)];
  const [origin, size, root] = body.split("\n");
  if (origin !== name || !/^(0|[1-9][0-9]*)$/.test(size)) throw new Error(BROKEN.otherLog);
  const line = signatures.split("\n").find((one) => one.startsWith(`\u2014 ${name} `));
  const signed = bytesOf(line?.split(" ")[2] ?? "");
  if (hex(signed.subarray(0, 4)) !== hash) throw new Error(BROKEN.otherKey);
  if (key && !(await crypto.subtle.verify("Ed25519", key, signed.subarray(4), encoder.encode(body)))) {
    throw new Error(BROKEN.signature);
  }
  return { size: Number(size), root };
}

/** @param {string} text */
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
