// A program that answers laps by the line: Node, Deno, Bun, and the native build.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export async function openProcess(command) {
  const [program, ...words] = command;
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  const failed = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => JSON.parse((await Promise.race([lines.next(), failed])).value);
  return {
    ...(await read()),
    pid: child.pid,
    async lap(name, bits, count) {
      child.stdin.write(`${JSON.stringify({ name, bits: Number(bits), count })}\n`);
      return (await read()).us;
    },
    async close() {
      if (child.exitCode !== null) return;
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
