// Programs that use the package rightly, which compile, and wrongly, which do not.

import "./adapters.js";
import "./core.js";
import "./errors.js";
import "./jose.js";
import "./remote.js";
