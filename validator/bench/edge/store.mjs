// A stand-in for the KV: it has one value, and hands it out as the runtime asks for it.

import keySet from "./key-set.txt";

export default { fetch: () => new Response(keySet) };
