// What an auditor is given of a quarter: verified by programs of another make, and not believed where somebody changed it.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { verifyExport } from "./verify.mjs";
import { verifyPack } from "./verify_pack.mjs";

const programs = dirname(process.env.KEYSTILE_TEST_XTASK);
const [quarter, keystile] = ["keystile-quarter", "keystile"].map((name) => join(programs, name));
const folder = mkdtempSync(join(tmpdir(), "keystile-quarter-"));
const read = (name) => readFileSync(join(folder, name), "utf8");

let pack, log, key;

before(() => {
  execFileSync(quarter, ["--to", folder]);
  [pack, log, key] = [JSON.parse(read("evidence.json")), read("audit.jsonl"), read("audit-key.txt")];
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("the pack of a quarter agrees with the log, under the key and the checkpoint that were kept before", () => {
  const { quoted, entries } = verifyPack(pack, log, key);
  assert.ok(quoted > 40 && entries > 60, `${quoted} quotes, ${entries} entries`);
  verifyExport(log, key, read("kept.note"));
});

test("a quarter has everything that an auditor asks about", () => {
  const [{ rotations, emergencies, decisions, keys }] = pack.issuers;
  const steward = rotations.filter(({ started }) => started.actor === "steward").length;
  assert.ok(steward >= 2 && rotations.length > steward, "rotations by schedule, and by hand");
  assert.equal(emergencies.length, 1);
  assert.equal(emergencies[0].approval.after.answered_by, "local:grace");
  assert.ok(decisions.some(({ action }) => action === "rotation.rolled_back"));
  const answers = pack.approvals.map(({ asked, answered, reviewed }) => answered?.action ?? `${asked.action}, ${reviewed?.actor}`);
  assert.deepEqual(answers.sort(), ["approval.approved", "approval.approved", "approval.glass_broken, local:grace", "approval.refused"]);
  assert.equal(pack.access.reviews.length, 2);
  assert.equal(pack.keeping.holds.length, 1);
  // The key to which somebody went back signed for longer than it should have, and the pack says so.
  const over = keys.filter(({ within_policy: within }) => within === false);
  assert.ok(over.length === 1 && over[0].signed.length === 2);
});

test("a log whose beginning was deleted is verified by both programs, and contains what was kept before", () => {
  const aged = read("aged.jsonl");
  assert.ok(!aged.includes("INC-2217") && aged.includes("audit.entries_deleted"));
  const { said, entries } = verifyExport(aged, key, read("kept.note"));
  assert.ok(said.first > 60 && entries.length === said.entries + 1 - said.first);
  const kept = ["--key", key.trim(), "--checkpoint", join(folder, "kept.note")];
  const verified = execFileSync(keystile, ["--json", "audit", "verify", join(folder, "aged.jsonl"), ...kept], { encoding: "utf8" });
  assert.equal(JSON.parse(verified).first, said.first);
});

test("a log whose beginning was deleted or moved by other hands is found by both programs", () => {
  const lines = read("aged.jsonl").trimEnd().split("\n");
  const at = (word) => lines.findIndex((line) => line.startsWith(word));
  const [deleted, entry] = [at('{"deleted"'), at('{"entry"')];
  const header = JSON.parse(lines[0]);
  const moved = { export: { ...header.export, base: { ...header.export.base, entries: header.export.base.entries + 1, hash: JSON.parse(lines[entry]).entry.hash } } };
  const changes = {
    "a base with another hash": lines.with(0, lines[0].replace(/"hash":"./, '"hash":"g')),
    "no base": lines.with(0, JSON.stringify({ export: { ...header.export, base: undefined } })),
    "a base that was moved forward": lines.with(0, JSON.stringify(moved)).toSpliced(entry, 1),
    "another subtree": lines.with(deleted, lines[deleted].replace(/"([0-9a-f]{63})[0-9a-f]"/, (_, rest) => `"${rest}${lines[deleted].includes(`${rest}0"`) ? 1 : 0}"`)),
    "a subtree less": lines.with(deleted, lines[deleted].replace(/"[0-9a-f]{64}"/, "").replace("[,", "[")),
    "nothing that vouches for what is gone": lines.toSpliced(deleted + 1, 1),
    "a row less": lines.toSpliced(entry, 1),
    "a row that was moved": lines.with(entry, lines[entry + 1]).with(entry + 1, lines[entry]),
    "a sooner deletion": lines.map((line) => line.replace('\\"retention_days\\":366', '\\"retention_days\\":365')),
  };
  for (const [what, changed] of Object.entries(changes)) {
    const text = `${changed.join("\n")}\n`;
    assert.throws(() => verifyExport(text), undefined, `the small program believes ${what}`);
    const path = join(folder, "changed.jsonl");
    writeFileSync(path, text);
    assert.equal(spawnSync(keystile, ["audit", "verify", path]).status, 1, `keystile believes ${what}`);
  }
});

test("a pack that was changed is not believed", () => {
  const changes = {
    "another actor": (it) => { it.issuers[0].rotations[0].started.actor = "local:eve"; },
    "another reason": (it) => { it.issuers[0].emergencies[0].declared.reason = "a drill"; },
    "a shorter propagation": (it) => { it.issuers[0].rotations[0].propagation_secs -= 1; },
    "a faster emergency": (it) => { it.issuers[0].emergencies[0].seconds_to_last_region = 1; },
    "a step at another time": (it) => { it.issuers[0].rotations[0].retired_at = it.period.to; },
    "another number": (it) => { it.access.acts[0].seq += 1; },
    "an outcome": (it) => { it.approvals.find(({ answered }) => answered?.action === "approval.refused").answered.action = "approval.approved"; },
    "a key that signs since later": (it) => { it.issuers[0].keys[0].signed[0].from = it.period.to; },
    "no emergency": (it) => { it.issuers[0].emergencies = []; },
    "a rotation less": (it) => { it.issuers[0].rotations.pop(); },
    "no refusal": (it) => { it.approvals = it.approvals.filter(({ answered }) => answered?.action !== "approval.refused"); },
    "no broken glass": (it) => { it.approvals = it.approvals.filter(({ asked }) => asked.action !== "approval.glass_broken"); },
    "no hold": (it) => { it.keeping.acts = []; },
    "a decision less": (it) => { it.issuers[0].decisions.shift(); },
    "another checkpoint": (it) => { it.verification.checkpoint = it.verification.checkpoint.replace(/\n(\d+)\n/, "\n7\n"); },
    "fewer tokens": (it) => { it.access.tokens_minted -= 1; },
  };
  for (const [what, change] of Object.entries(changes)) {
    const changed = structuredClone(pack);
    change(changed);
    assert.throws(() => verifyPack(changed, log, key), undefined, what);
  }
  assert.throws(() => verifyPack(pack, log.replace("INC-2217", "INC-2218"), key), /not the one that was written/);
});

test("the page says what the pack says, and where the log says it", () => {
  const page = read("evidence.html");
  const numbers = new Set(JSON.stringify(pack.issuers).match(/"seq":\d+/g).map((it) => `#${it.slice(6)}`));
  for (const number of numbers) assert.ok(page.includes(number), `${number} is not on the page`);
  for (const words of ["At a glance", "INC-2217", "rotate in the usual way if in doubt", "nobody of the second shift answers", "41 Js 1187/26"]) {
    assert.ok(page.includes(words), words);
  }
  assert.ok(!page.includes("<script"));
});
