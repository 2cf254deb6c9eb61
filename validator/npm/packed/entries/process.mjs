// Node, Deno and Bun: process.mjs SERVER. The last line it writes is the outcome.

import * as keystile from "@keystile/validator";

import { run } from "../suite/run.mjs";

const { bun, deno, node } = process.versions;
const version = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
console.log(JSON.stringify({ version, ...(await run({ keystile }, process.argv[2])) }));
