// The suite. What a runtime has to bring are the modules of the package, imported as its users import them, `fetch` and
// WebCrypto; what is asked of a server is asked of the referee's.

import { Cases } from "./cases.mjs";
import { keySets } from "./key-sets.mjs";
import { sequences } from "./sequences.mjs";
import { Signer } from "./signer.mjs";
import { tokens } from "./tokens.mjs";
import { vectors } from "./vectors.mjs";
import { verdictCache } from "./verdict-cache.mjs";

/** What holds for every entry of the package. */
export const CORE = [vectors, sequences, tokens, keySets, verdictCache];

/** `modules` are those of the package; `server` is the origin of the referee's server. */
export async function run(groups, modules, server) {
  const material = await (await fetch(`${server}/material.json`)).json();
  const [signer, stranger] = await Promise.all([Signer.make("k1"), Signer.make("k2")]);
  const cases = new Cases();
  for (const group of groups) group(cases.test, { ...modules, material, server, signer, stranger });
  return { engine: modules.keystile.engine(), ...(await cases.run()) };
}
