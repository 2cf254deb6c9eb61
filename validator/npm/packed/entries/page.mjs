// A page, which the referee's server serves.

import * as keystile from "@keystile/validator";

import { run } from "../suite/run.mjs";

globalThis.outcome = await run({ keystile }, location.origin);
