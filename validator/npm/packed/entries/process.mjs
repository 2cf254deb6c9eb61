// Node, Deno and Bun: process.mjs SERVER. The last line it writes is the outcome.

import { run } from "../suite/run.mjs";
import { servers } from "../suite/servers.mjs";
import { MODULES, WHOLE } from "../suite/whole.mjs";
import { version } from "./version.mjs";

console.log(JSON.stringify({ version, ...(await run([...WHOLE, servers], MODULES, process.argv[2])) }));
