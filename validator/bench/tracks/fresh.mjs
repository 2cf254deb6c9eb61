// The first hundred tokens of a process: node fresh.mjs PLAN WHO. Each imports what its README says, and no more.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { policy, sizes } = JSON.parse(readFileSync(plan.material, "utf8"));
const { jwk, pem, tokens } = sizes[2048];
const first = tokens.slice(0, 100);
const require = createRequire(join(plan.npm, "bench.js"));

const STARTS = {
  async keystile() {
    const { KeySet, Validator } = await import(pathToFileURL(join(plan.package, "node.mjs")));
    return () => {
      const validator = new Validator(KeySet.fromJwks({ keys: [jwk] }), policy);
      return (token) => validator.validate(token);
    };
  },
  async jose() {
    const { importJWK, jwtVerify } = await import(pathToFileURL(require.resolve("jose")));
    return async () => {
      const key = await importJWK(jwk, "RS256");
      return (token) => jwtVerify(token, key, { algorithms: ["RS256"], ...policy });
    };
  },
  async "fast-jwt"() {
    const { createVerifier } = require("fast-jwt");
    return () =>
      createVerifier({ key: pem, algorithms: ["RS256"], allowedIss: policy.issuer, allowedAud: policy.audience, cache: false });
  },
};

const times = [performance.now()];
const prepare = await STARTS[process.argv[3]]();
times.push(performance.now());
const verify = await prepare();
await verify(first[0]);
times.push(performance.now());
for (const token of first.slice(1)) await verify(token);
times.push(performance.now());

const [start, imported, one, all] = times.map((time) => time * 1e3);
console.log(JSON.stringify({
  import_us: imported - start,
  first_token_us: one - imported,
  first_100_us_each: (all - imported) / first.length,
  all_us: all - start,
}));
