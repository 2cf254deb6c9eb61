// A page, which the referee's server serves.

import { run } from "../suite/run.mjs";
import { MODULES, WHOLE } from "../suite/whole.mjs";

globalThis.outcome = await run(WHOLE, MODULES, location.origin);
