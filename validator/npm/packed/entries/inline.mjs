// The inline entry alone, where no other file can be had: for a page, or inline.mjs SERVER for a process.

import * as keystile from "@keystile/validator/inline";

import { CORE, run } from "../suite/run.mjs";

const isPage = typeof document === "object";
const outcome = await run(CORE, { keystile }, isPage ? location.origin : process.argv[2]);
if (isPage) globalThis.outcome = outcome;
else console.log(JSON.stringify(outcome));
