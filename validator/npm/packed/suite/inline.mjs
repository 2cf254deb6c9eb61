// The entry that carries the WASM in its own source, in one program with the entry that reads a file.

import { equal, ok, throws } from "./cases.mjs";
import { AUDIENCE, ISSUER, NOW } from "./signer.mjs";

export function inlineEntry(test, { keystile, inline, signer }) {
  const policy = { issuer: ISSUER, audience: AUDIENCE, now: () => NOW };

  test("the inline entry judges as the main one does, beside it", async () => {
    const token = await signer.token();
    for (const { KeySet, Validator, engine } of [inline, keystile, inline]) {
      const validator = new Validator(KeySet.fromJwks(signer.jwks), policy);
      equal([validator.check(token).ok, validator.check("x").code, engine()], [true, "token_malformed", keystile.engine()]);
    }
  });

  test("what one entry has made, the other takes", async () => {
    const validator = new keystile.Validator(inline.KeySet.fromJwks(signer.jwks), policy);
    ok(validator.check(await signer.token()).ok, "believed");
    throws(() => inline.KeySet.fromJwks({ keys: [] }), { name: "KeySetError" });
  });
}
