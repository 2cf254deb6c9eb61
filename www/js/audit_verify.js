// @ts-check
// Verifies an export of the audit log in the browser, by docs/audit.md: hash chain, Merkle tree, signed checkpoints.
import { hex } from "./fingerprint.js";
import { BROKEN } from "./texts/audit.js";

const encoder = new TextEncoder();
const DAY = 86_400;
/** Nothing is deleted sooner, whatever the server was told. */
const SHORTEST_DAYS = 366;

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
    await this.appendWhole(await sha256(Uint8Array.of(0), leaf), 1);
  }

  /** A whole subtree over so many leaves, a power of two that divides the size. @param {Uint8Array<ArrayBuffer>} root @param {number} leaves */
  async appendWhole(root, leaves) {
    for (let bits = this.size / leaves; bits % 2 === 1; bits = Math.floor(bits / 2)) {
      root = await sha256(Uint8Array.of(1), /** @type {Uint8Array} */ (this.peaks.pop()), root);
    }
    this.peaks.push(root);
    this.size += leaves;
  }

  /** What is left of deleted entries: the largest whole subtrees, in order. Whether they end there. @param {number} to @param {string[]} roots */
  async appendDeleted(to, roots) {
    for (const root of roots) {
      let leaves = 1;
      while (this.size % (leaves * 2) === 0 && this.size + leaves * 2 <= to) leaves *= 2;
      if (this.size + leaves > to || !/^[0-9a-f]{64}$/.test(root)) return false;
      await this.appendWhole(bytesOfHex(root), leaves);
    }
    return this.size === to;
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
 * @param {string} text @returns {Promise<{entries: number, first: number, head: string, verifier: string, signed: boolean}>}
 */
export async function verifyExport(text) {
  if (!text.endsWith("\n")) throw new Error(BROKEN.cut);
  const [first, ...lines] = text.slice(0, -1).split("\n");
  const header = JSON.parse(first).export;
  if (header?.format !== 1) throw new Error(BROKEN.headless);
  const verifier = await readVerifier(header.verifier);
  const base = header.base ? { entries: Number(header.base.entries), hash: String(header.base.hash), root: "" } : null;
  const tree = new Tree();
  let chain = base ? bytesOfHex(base.hash) : new Uint8Array(32);
  let [covered, last, signedAt] = [0, /** @type {any} */ (null), /** @type {number | null} */ (null)];
  const deletions = new Deletions();
  for (const [index, line] of lines.entries()) {
    const { entry, checkpoint, deleted } = JSON.parse(line);
    const hold = (/** @type {boolean} */ holds, /** @type {string} */ what) => {
      if (!holds) throw new Error(BROKEN.line(index + 2, what));
    };
    hold([entry, checkpoint, deleted].filter((it) => it !== undefined).length === 1, BROKEN.neither);
    if (deleted) {
      const fits = base !== null && covered === tree.size && covered < deleted.through && deleted.through <= base.entries;
      hold(fits && await tree.appendDeleted(deleted.through, deleted.subtrees), BROKEN.subtrees);
    } else if (entry) {
      hold(base === null || (tree.size >= base.entries && covered >= base.entries), BROKEN.misplaced);
      if (base && base.root === "") base.root = hex(await tree.root());
      const bytes = encoder.encode(entry.text);
      chain = await sha256(chain, bytes);
      await tree.append(bytes);
      last = JSON.parse(entry.text);
      hold(entry.seq === tree.size && last.seq === tree.size, BROKEN.misplaced);
      hold(entry.hash === hex(chain), BROKEN.rewritten(tree.size));
      deletions.entry(last);
    } else {
      const signed = await open(checkpoint, verifier);
      hold(signed.size === tree.size && signed.root === base64(await tree.root()), BROKEN.otherEntries);
      [covered, signedAt] = [signed.size, signed.signedAt];
      if (base && covered <= base.entries) deletions.checkpoint(covered, signedAt);
    }
  }
  if (last?.action !== "audit.exported" || covered !== tree.size || header.entries !== tree.size) throw new Error(BROKEN.tail);
  deletions.check(base, signedAt);
  return { entries: tree.size, first: (base?.entries ?? 0) + 1, head: hex(chain), verifier: header.verifier, signed: verifier.key !== null };
}

/** What the log says about the entries that are gone. */
class Deletions {
  /** @type {any[]} */ told = [];
  /** @type {[number, number][]} */ checkpoints = [];

  /** @param {any} entry */
  entry({ action, at, after }) {
    if (action === "audit.entries_deleted") this.told.push({ at, ...after });
  }

  /** @param {number} size @param {number | null} signedAt */
  checkpoint(size, signedAt) {
    if (signedAt !== null) this.checkpoints.push([size, signedAt]);
  }

  /** Whether what is gone was deleted in order, and none of it too soon. @param {{entries: number, hash: string, root: string} | null} base @param {number | null} signedAt */
  check(base, signedAt) {
    const last = this.told.at(-1);
    if (!last && !base) return;
    if (!last || last.through !== base?.entries || last.head !== base?.hash || last.root !== base?.root) throw new Error(BROKEN.untold);
    const isDue = (/** @type {number} */ at, /** @type {any} */ { at: done, retention_days: days }) =>
      days >= SHORTEST_DAYS && at + days * DAY <= Math.min(done, signedAt ?? done);
    const by = (/** @type {number} */ size) => this.told.find(({ first, through }) => first <= size && size <= through)
      ?? { ...last, retention_days: SHORTEST_DAYS };
    const inOrder = this.told.every((one) => isDue(one.newest_at, one))
      && this.checkpoints.every(([size, at]) => isDue(at, by(size)));
    if (!inOrder) throw new Error(BROKEN.tooSoon);
  }
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
  const [origin, size, root, time] = body.split("\n");
  if (origin !== name || !/^(0|[1-9][0-9]*)$/.test(size)) throw new Error(BROKEN.otherLog);
  const signedAt = /^time ([0-9]+)$/.exec(time)?.[1];
  const line = signatures.split("\n").find((one) => one.startsWith(`\u2014 ${name} `));
  const signed = bytesOf(line?.split(" ")[2] ?? "");
  if (hex(signed.subarray(0, 4)) !== hash) throw new Error(BROKEN.otherKey);
  if (key && !(await crypto.subtle.verify("Ed25519", key, signed.subarray(4), encoder.encode(body)))) {
    throw new Error(BROKEN.signature);
  }
  return { size: Number(size), root, signedAt: signedAt === undefined ? null : Number(signedAt) };
}

/** @param {string} text */
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
/** @param {string} text */
const bytesOfHex = (text) => Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
