// Verifies an export of the audit log. Written from docs/audit.md alone: it shares no code with the server.
//
//   node verify.mjs EXPORT [VERIFIER-KEY [CHECKPOINT-FILE]]

import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
/** What stands before an Ed25519 key in an SPKI structure (RFC 8410). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

const HASH = /^[0-9a-f]{64}$/;
const DAY = 86_400;
/** Twelve months: nothing may be deleted sooner. */
const SHORTEST_DAYS = 366;

/** A Merkle tree (RFC 6962, 2.1), as the roots of its whole subtrees. */
class Tree {
  peaks = [];
  size = 0n;

  append(text) {
    this.#appendWhole(sha256(Buffer.of(0), text), 0n);
  }

  /** Grows over deleted entries: each root is that of the largest whole subtree that fits. Whether they end at `to`. */
  appendDeleted(to, roots) {
    for (const root of roots) {
      let height = 0n;
      while ((this.size >> height) % 2n === 0n && this.size + (2n << height) <= to) height += 1n;
      if (this.size + (1n << height) > to || !HASH.test(root)) return false;
      this.#appendWhole(Buffer.from(root, "hex"), height);
    }
    return this.size === to;
  }

  /** Appends the root of a subtree with 2^height leaves. */
  #appendWhole(root, height) {
    for (let bits = this.size >> height; bits & 1n; bits >>= 1n) root = sha256(Buffer.of(1), this.peaks.pop(), root);
    this.peaks.push(root);
    this.size += 1n << height;
  }

  root() {
    return this.peaks.reduceRight((right, left) => (right ? sha256(Buffer.of(1), left, right) : left), null) ?? sha256();
  }
}

/** Reads `name+hash+key` (C2SP signed-note). */
function readVerifier(text) {
  const [, name, hash, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? fail("the verifier key is none");
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length !== 33 || bytes[0] !== 1 || bytes.toString("base64") !== encoded) fail("the key is not Ed25519");
  const expected = sha256(name, "\n", bytes).subarray(0, 4);
  if (expected.toString("hex") !== hash) fail("the verifier key does not fit its hash");
  const der = Buffer.concat([SPKI, bytes.subarray(1)]);
  return { name, hash: expected, key: createPublicKey({ key: der, format: "der", type: "spki" }) };
}

/** Returns what a checkpoint says only if the key has signed it. */
function open(note, verifier) {
  const end = note.lastIndexOf("\n\n");
  const [body, signatures] = [note.slice(0, end + 1), note.slice(end + 2)];
  const lines = body.split("\n");
  const [origin, size, root, ...extensions] = lines.slice(0, -1);
  const [, time] = /^time (0|[1-9][0-9]*)$/.exec(extensions[0] ?? "") ?? [];
  const written = extensions.length === (time === undefined ? 0 : 1) && lines.at(-1) === "" && /^(0|[1-9][0-9]*)$/.test(size);
  if (!written || origin !== verifier.name) fail("not a checkpoint of this log");
  const line = signatures.split("\n").find((it) => it.startsWith(`\u2014 ${verifier.name} `)) ?? fail("not signed");
  const encoded = line.slice(verifier.name.length + 3);
  const signed = Buffer.from(encoded, "base64");
  if (signed.toString("base64") !== encoded || !signatures.endsWith("\n")) fail("the signature is written in another way");
  if (!signed.subarray(0, 4).equals(verifier.hash)) fail("signed with another key");
  if (!verify(null, Buffer.from(body), verifier.key, signed.subarray(4))) fail("the signature does not fit");
  return { size: BigInt(size), root, signedAt: time === undefined ? null : Number(time) };
}

/** Returns what the export says and its entries, or throws with the line at which it does not hold. */
export function verifyExport(text, keptKey, keptNote) {
  if (!text.endsWith("\n")) fail("the last line was cut");
  const [first, ...lines] = text.slice(0, -1).split("\n");
  const header = JSON.parse(first).export ?? fail("the first line does not say whose log it is");
  if (header.format !== 1) fail("an unknown format");
  if (keptKey && keptKey.trim() !== header.verifier) fail("signed with another key than the one that was kept");
  const verifier = readVerifier(header.verifier);
  const kept = keptNote && open(keptNote, verifier);
  const base = header.base ?? { entries: 0, hash: "0".repeat(64) };
  if (!HASH.test(base.hash)) fail("the base is none");
  const deletedUntil = BigInt(base.entries);
  let [chain, passed, covered, signedAt] = [Buffer.from(base.hash, "hex"), !kept, 0n, null];
  const [tree, entries, gone] = [new Tree(), [], []];
  let root;
  const grown = () => {
    if (kept?.size === tree.size) passed = kept.root === tree.root().toString("base64");
  };
  lines.forEach((line, index) => {
    const at = (what) => fail(`line ${index + 2}: ${what}`);
    const { entry, checkpoint, deleted, ...rest } = JSON.parse(line);
    const told = [entry, checkpoint, deleted].filter((it) => it !== undefined);
    if (Object.keys(rest).length > 0 || told.length !== 1) at("not one of the three");
    if (deleted) {
      const through = BigInt(deleted.through);
      if (covered !== tree.size || through <= tree.size || through > deletedUntil) at("deleted entries out of their place");
      if (!tree.appendDeleted(through, deleted.subtrees)) at("subtrees that do not fit");
      grown();
    } else if (entry) {
      if (covered < deletedUntil) at("nothing vouches for what was deleted");
      root ??= tree.root().toString("hex");
      chain = sha256(chain, entry.text);
      tree.append(entry.text);
      const record = JSON.parse(entry.text);
      if (BigInt(entry.seq) !== tree.size || BigInt(record.seq) !== tree.size) at("out of its place");
      if (entry.hash !== chain.toString("hex")) at(`entry ${tree.size} is not the one that was written`);
      entries.push(record);
      grown();
    } else {
      const signed = open(checkpoint, verifier);
      if (signed.size !== tree.size || signed.root !== tree.root().toString("base64")) at("signed over other entries");
      [covered, signedAt] = [signed.size, signed.signedAt];
      if (covered <= deletedUntil) gone.push(signed);
    }
  });
  if (entries.at(-1)?.action !== "audit.exported" || covered !== tree.size || BigInt(header.entries) !== tree.size) {
    fail("the tail was cut off");
  }
  checkDeletions(entries, header.base && { ...header.base, root }, gone, signedAt);
  if (!passed) fail("the log does not contain the checkpoint that was kept");
  const said = { entries: Number(tree.size), first: Number(deletedUntil) + 1, head: chain.toString("hex"), verifier: header.verifier };
  return { said, entries };
}

/** What is missing must be what the newest entry about a deletion says, and old enough to go when it went. */
function checkDeletions(entries, base, gone, signedAt) {
  const told = entries.filter(({ action }) => action === "audit.entries_deleted").map(({ at, after }) => ({ at, ...after }));
  const last = told.at(-1);
  if (!last && !base) return;
  const fits = last && base && last.through === base.entries && last.head === base.hash && last.root === base.root;
  if (!fits) fail("it does not begin where its newest entry about a deletion says");
  const isDue = (at, { at: done, retention_days: days }) =>
    days >= SHORTEST_DAYS && at + days * DAY <= Math.min(done, signedAt ?? done);
  if (!told.every((one) => isDue(one.newest_at, one))) fail("entries were deleted too soon");
  for (const { size, signedAt: at } of gone.filter((one) => one.signedAt !== null)) {
    const by = told.find(({ first, through }) => first <= Number(size) && Number(size) <= through);
    if (!isDue(at, by ?? { ...last, retention_days: SHORTEST_DAYS })) fail("a checkpoint over deleted entries is too young");
  }
}

function fail(what) {
  throw new Error(what);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [file, key, note] = process.argv.slice(2);
  try {
    console.log(JSON.stringify(verifyExport(readFileSync(file, "utf8"), key, note && readFileSync(note, "utf8")).said));
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    process.exit(1);
  }
}
