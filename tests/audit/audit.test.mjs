// The audit log of the real program, exported and checked by a program of another make.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { verifyExport } from "./verify.mjs";

const keystile = join(dirname(process.env.KEYSTILE_TEST_XTASK), "keystile");
const folder = mkdtempSync(join(tmpdir(), "keystile-audit-"));
const file = join(folder, "audit.jsonl");
const run = (...words) => execFileSync(keystile, ["--data", join(folder, "data"), "--json", ...words], { encoding: "utf8" });

let kept, text;

before(() => {
  run("init");
  kept = JSON.parse(run("audit", "key"));
  run("rotate", "--reason", 'quarterly, "é"');
  run("audit", "export", "--to", file);
  text = readFileSync(file, "utf8");
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Both programs must say the same about a file. */
function bothRefuse(changed, what) {
  assert.throws(() => verifyExport(changed), undefined, `the small program believes ${what}`);
  const path = join(folder, "changed.jsonl");
  writeFileSync(path, changed);
  const { status, stderr } = spawnSync(keystile, ["audit", "verify", path], { encoding: "utf8" });
  assert.equal(status, 1, `keystile believes ${what}`);
  assert.match(stderr, /^error: /);
}

test("both programs believe the export, under the key and the checkpoint that were kept", () => {
  const note = join(folder, "kept.note");
  writeFileSync(note, kept.checkpoint);
  const ours = verifyExport(text, kept.verifier, kept.checkpoint).said;
  const theirs = JSON.parse(run("audit", "verify", file, "--key", kept.verifier, "--checkpoint", note));
  assert.equal(theirs.contains_kept_checkpoint, true);
  assert.deepEqual(ours, { entries: theirs.entries, first: theirs.first, head: theirs.head, verifier: theirs.verifier });
});

test("both programs find one changed bit, one deleted row, one moved row and a cut tail", () => {
  const lines = text.trimEnd().split("\n");
  const join = (changed) => `${changed.join("\n")}\n`;
  const entry = lines.findIndex((line) => line.includes("rotation.started"));
  const bit = text.indexOf("rotation.started");
  bothRefuse(text.slice(0, bit) + "s" + text.slice(bit + 1), "a changed bit");
  bothRefuse(join(lines.toSpliced(entry, 1)), "a log without a row");
  bothRefuse(join(lines.with(entry, lines[entry - 1]).with(entry - 1, lines[entry])), "a moved row");
  bothRefuse(join(lines.slice(0, -1)), "a log without its last checkpoint");
  bothRefuse(join(lines.slice(0, -2)), "a log without its last entry");
  bothRefuse(text.slice(0, -1), "a log without its last byte");
});

test("the small program finds any changed bit", () => {
  const bytes = Buffer.from(text);
  // Every bit of some hundred bytes: all of them would take a minute.
  for (let position = 0; position < bytes.length; position += 97) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[position] ^= 1 << bit;
      assert.throws(() => verifyExport(changed.toString("utf8")), undefined, `bit ${bit} of byte ${position}`);
    }
  }
});
