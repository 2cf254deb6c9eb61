// What wrangler lets out: nothing that is half-configured.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** What `wrangler deploy` says without sending anything. */
function deploy(folder, ...given) {
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" };
  const { status, stdout, stderr } = spawnSync("wrangler", ["deploy", "--dry-run", ...given], { cwd: folder, env });
  return { status, said: `${stdout}${stderr}` };
}

test("the default environment is not deployed", () => {
  const { status, said } = deploy(ROOT);
  assert.notEqual(status, 0);
  assert.match(said, /the default environment of wrangler\.toml is for `wrangler dev`/);
});

test("production is deployed when nothing is left to be set, and not before", () => {
  const { status, said } = deploy(ROOT, "--env", "production");
  assert.notEqual(status, 0);
  for (const name of ["routes", "id", "POLICY", "ORIGIN"]) assert.match(said, new RegExp(`line \\d+: ${name} = `));

  const folder = mkdtempSync(join(tmpdir(), "keystile-deploy-"));
  try {
    symlinkSync(join(ROOT, "validator"), join(folder, "validator"));
    writeFileSync(join(folder, "wrangler.toml"), readFileSync(join(ROOT, "wrangler.toml"), "utf8").replaceAll("SET-ME ", ""));
    const set = deploy(folder, "--env", "production");
    assert.equal(set.status, 0, set.said);
    for (const binding of ["KEYSETS", "EMERGENCY_CHANNEL", "POLICY", "ORIGIN"]) assert.match(set.said, new RegExp(binding));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
