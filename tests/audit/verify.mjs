// Verifies an export of the audit log. Written from docs/audit.md alone: it shares no code with the server.
//
//   node verify.mjs EXPORT [VERIFIER-KEY [CHECKPOINT-FILE]]

import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
/** What stands before an Ed25519 key in an SPKI structure (RFC 8410). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

/** A Merkle tree (RFC 6962, 2.1), as the roots of its whole subtrees. */
class Tree {
  peaks = [];
  size = 0n;

  append(text) {
    let root = sha256(Buffer.of(0), text);
    for (let bits = this.size; bits & 1n; bits >>= 1n) root = sha256(Buffer.of(1), this.peaks.pop(), root);
    this.peaks.push(root);
    this.size += 1n;
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

/** Returns size and root of a checkpoint only if the key has signed it. */
function open(note, verifier) {
  const end = note.lastIndexOf("\n\n");
  const [body, signatures] = [note.slice(0, end + 1), note.slice(end + 2)];
  const lines = body.split("\n");
  const [origin, size, root] = lines;
  const written = lines.length === 4 && lines[3] === "" && /^(0|[1-9][0-9]*)$/.test(size);
  if (!written || origin !== verifier.name) fail("not a checkpoint of this log");
  const line = signatures.split("\n").find((it) => it.startsWith(`\u2014 ${verifier.name} `)) ?? fail("not signed");
  const signed = Buffer.from(line.split(" ")[2], "base64");
  if (!signed.subarray(0, 4).equals(verifier.hash)) fail("signed with another key");
  if (!verify(null, Buffer.from(body), verifier.key, signed.subarray(4))) fail("the signature does not fit");
  return { size: BigInt(size), root };
}

/** Returns what the export says, or throws with the line at which it does not hold. */
export function verifyExport(text, keptKey, keptNote) {
  if (!text.endsWith("\n")) fail("the last line was cut");
  const [first, ...lines] = text.slice(0, -1).split("\n");
  const header = JSON.parse(first).export ?? fail("the first line does not say whose log it is");
  if (header.format !== 1) fail("an unknown format");
  if (keptKey && keptKey.trim() !== header.verifier) fail("signed with another key than the one that was kept");
  const verifier = readVerifier(header.verifier);
  const kept = keptNote && open(keptNote, verifier);
  let [chain, passed, covered, last] = [Buffer.alloc(32), !kept, 0n, null];
  const tree = new Tree();
  lines.forEach((line, index) => {
    const at = (what) => fail(`line ${index + 2}: ${what}`);
    const { entry, checkpoint, ...rest } = JSON.parse(line);
    if (Object.keys(rest).length > 0 || (entry === undefined) === (checkpoint === undefined)) at("neither of the two");
    if (entry) {
      chain = sha256(chain, entry.text);
      tree.append(entry.text);
      last = JSON.parse(entry.text);
      if (BigInt(entry.seq) !== tree.size || BigInt(last.seq) !== tree.size) at("out of its place");
      if (entry.hash !== chain.toString("hex")) at(`entry ${tree.size} is not the one that was written`);
      if (kept?.size === tree.size) passed = kept.root === tree.root().toString("base64");
    } else {
      const { size, root } = open(checkpoint, verifier);
      if (size !== tree.size || root !== tree.root().toString("base64")) at("signed over other entries");
      covered = size;
    }
  });
  if (last?.action !== "audit.exported" || covered !== tree.size || BigInt(header.entries) !== tree.size) {
    fail("the tail was cut off");
  }
  if (!passed) fail("the log does not contain the checkpoint that was kept");
  return { entries: Number(tree.size), head: chain.toString("hex"), verifier: header.verifier };
}

function fail(what) {
  throw new Error(what);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [file, key, note] = process.argv.slice(2);
  try {
    console.log(JSON.stringify(verifyExport(readFileSync(file, "utf8"), key, note && readFileSync(note, "utf8"))));
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    process.exit(1);
  }
}
