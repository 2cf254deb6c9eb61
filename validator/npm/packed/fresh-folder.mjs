// The package as its users have it: packed, and installed from the tarball in a folder that knows nothing of the repository.

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const NAME = "@keystile/validator";

const execute = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));

/** What of the suite's own folder the package's user is played by. */
const PLAYED = ["suite", "entries", "types"];

/** What the tests use beside the package, as many of its users do. `target/runtimes` has it. */
const BESIDE = ["express", "expect-type", "fastify", "hono", "jose"];

/** Packs `plan.package` and installs it: { path, tarball, installed, files, remove }. */
export async function freshFolder(plan) {
  const path = mkdtempSync(join(tmpdir(), "keystile-packed-"));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    const [packed] = JSON.parse((await execute("npm", ["pack", "--json", "--pack-destination", path], { cwd: plan.package })).stdout);
    const tarball = join(path, packed.filename);
    writeFileSync(join(path, "package.json"), JSON.stringify({ name: "fresh", private: true, type: "module" }));
    // The package depends on nothing, so that nothing has to be fetched.
    await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: path });
    for (const folder of PLAYED) if (existsSync(join(here, folder))) cpSync(join(here, folder), join(path, folder), { recursive: true });
    for (const name of BESIDE) link(join(plan.runtimes, "node_modules", name), join(path, "node_modules", name));
    return { path, tarball, installed: join(path, "node_modules", NAME), files: packed.files.map((file) => file.path), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function link(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(from, to);
}
