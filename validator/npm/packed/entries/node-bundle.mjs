// What a bundle for Node starts with: node-bundle.mjs SERVER. Express and Fastify are no part of a bundle.

import { run } from "../suite/run.mjs";
import { MODULES, WHOLE } from "../suite/whole.mjs";
import { version } from "./version.mjs";

console.log(JSON.stringify({ version, ...(await run(WHOLE, MODULES, process.argv[2])) }));
