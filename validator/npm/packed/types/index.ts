// Programs that use the package rightly, which compile, and wrongly, which do not.

import "./core.js";
