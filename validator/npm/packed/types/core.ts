import { expectTypeOf } from "expect-type";
import { KeySet, KeySetError, ValidationError, Validator, engine } from "@keystile/validator";
import type { Claims, Header, JwkSet, Limits, Reason, Refusal, SignedKeySetOptions, Validated, ValidatorOptions } from "@keystile/validator";

// Key sets.
const keySet = KeySet.fromJwks({ keys: [] });
expectTypeOf(keySet).toEqualTypeOf<KeySet>();
expectTypeOf(KeySet.fromJwks("{}", { limits: { keys: 5, exponents: "f4" } })).toEqualTypeOf<KeySet>();
expectTypeOf(KeySet.fromPem(["a", "b"])).toEqualTypeOf<KeySet>();
expectTypeOf(KeySet.fromSigned("a.b.c", { keys: [] }, { issuer: "i", now: () => 0, floor: 3 })).toEqualTypeOf<KeySet>();
expectTypeOf(KeySet.fromSigned("a.b.c", "{}", { issuer: "i", filters: { a: new Uint8Array() }, previous: keySet })).toEqualTypeOf<KeySet>();
expectTypeOf<KeySetError["filters"]>().toEqualTypeOf<{ name: string; maxBytes: number }[] | undefined>();
expectTypeOf(keySet.kids).toEqualTypeOf<string[]>();
expectTypeOf(keySet.version).toEqualTypeOf<number | undefined>();
expectTypeOf(keySet.toJwks()).toEqualTypeOf<JwkSet>();
expectTypeOf<SignedKeySetOptions["issuer"]>().toEqualTypeOf<string>();
expectTypeOf<Limits["tokenBytes"]>().toEqualTypeOf<number | undefined>();

// @ts-expect-error a key set is made by its static methods
new KeySet();
// @ts-expect-error a key is no key set
KeySet.fromJwks([{ kty: "RSA" }]);
// @ts-expect-error bytes are no text
KeySet.fromPem(new Uint8Array());
// @ts-expect-error the issuer of a signed set must be said
KeySet.fromSigned("a.b.c", { keys: [] }, {});
// @ts-expect-error the value of a filter is bytes
KeySet.fromSigned("a.b.c", "{}", { issuer: "i", filters: { a: "text" } });
// @ts-expect-error the roots are not optional
KeySet.fromSigned("a.b.c", { issuer: "i" });
// @ts-expect-error there is no such limit
KeySet.fromJwks("{}", { limits: { tokens: 1 } });
// @ts-expect-error the version of a set is read, not set
keySet.version = 5;

// Validators.
const validator = new Validator(keySet, { issuer: "i", audience: ["a", "b"] });
new Validator(keySet, { issuer: null, audience: null, cache: false, now: () => 0, typ: "at+jwt" });
new Validator(keySet, { issuer: ["i"], audience: null, cache: { entries: 5 }, requiredClaims: [], maxTokenAge: 5, leeway: 0 });
expectTypeOf<ConstructorParameters<typeof Validator>[1]>().toEqualTypeOf<ValidatorOptions>();

// @ts-expect-error whose tokens are taken must be said
new Validator(keySet, { audience: "a" });
// @ts-expect-error for whom must be said
new Validator(keySet, { issuer: "i" });
// @ts-expect-error left out is not the same as `undefined`
new Validator(keySet, { issuer: undefined, audience: null });
// @ts-expect-error there are no algorithms to choose from
new Validator(keySet, { issuer: null, audience: null, algorithms: ["RS256"] });
// @ts-expect-error a JWK Set is read by `KeySet.fromJwks` first
new Validator({ keys: [] }, { issuer: null, audience: null });
// @ts-expect-error the clock is a function
new Validator(keySet, { issuer: null, audience: null, now: 5 });
// @ts-expect-error `true` is what the cache is without the option
new Validator(keySet, { issuer: null, audience: null, cache: true });

// Verdicts.
expectTypeOf(validator.validate("token")).toEqualTypeOf<Validated<Claims>>();
expectTypeOf(validator.validate("token").header).toEqualTypeOf<Header>();
expectTypeOf(validator.validate("token").header.alg).toEqualTypeOf<"RS256">();
expectTypeOf(validator.validate<{ tenant: string }>("token").claims.tenant).toEqualTypeOf<string>();
// @ts-expect-error what is no text is not validated
validator.validate(undefined);

const verdict = validator.check<{ tenant: string }>(undefined as unknown);
// @ts-expect-error nothing is known of the claims before `ok` is
verdict.claims;
if (verdict.ok) {
  expectTypeOf(verdict.claims).toEqualTypeOf<{ tenant: string }>();
  // @ts-expect-error a believed token has no code
  verdict.code;
} else {
  expectTypeOf(verdict).toEqualTypeOf<Refusal>();
  expectTypeOf(verdict.reason).toEqualTypeOf<Reason | null>();
  // @ts-expect-error a refused token has no claims
  verdict.claims;
}

// The `header` of a token holds whatever its issuer put there.
expectTypeOf(validator.validate("token").header["x"]).toEqualTypeOf<unknown>();
expectTypeOf(validator.validate("token").claims["x"]).toEqualTypeOf<unknown>();

// Errors.
try {
  validator.validate("token");
} catch (error) {
  if (error instanceof ValidationError) {
    expectTypeOf(error.claim).toEqualTypeOf<string | null>();
    expectTypeOf(error.name).toEqualTypeOf<"ValidationError">();
  } else if (error instanceof KeySetError) {
    expectTypeOf(error.name).toEqualTypeOf<"KeySetError">();
  }
}
// @ts-expect-error errors are thrown by the package
new ValidationError();

expectTypeOf(engine()).toEqualTypeOf<"fused" | "simd128" | "scalar">();
expectTypeOf(validator.replaceKeySet(keySet)).toEqualTypeOf<void>();
