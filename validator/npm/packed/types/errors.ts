import { expectTypeOf } from "expect-type";
import { KeySet, KeySetError, ValidationError, Validator } from "@keystile/validator";
import type { KeySetErrorCode, Refusal, RefusalCause } from "@keystile/validator";

const validator = new Validator(KeySet.fromPem(""), { issuer: null, audience: null });

/** What a program does with each refusal; the compiler says when one is forgotten or misspelt. */
function retry(refusal: Refusal): boolean {
  switch (refusal.code) {
    case "token_expired":
      expectTypeOf(refusal.claim).toEqualTypeOf<"exp">();
      expectTypeOf(refusal.reason).toEqualTypeOf<"mismatch">();
      return true;
    case "signature_invalid":
      expectTypeOf(refusal.claim).toEqualTypeOf<null>();
      return false;
    case "claim_missing":
      expectTypeOf(refusal.claim).toEqualTypeOf<string>();
      expectTypeOf(refusal.reason).toEqualTypeOf<"missing">();
      return false;
    // @ts-expect-error there is no such code
    case "token_stale":
      return false;
    default:
      return refusal.code === "key_set_unavailable";
  }
}

const verdict = validator.check("token");
if (!verdict.ok) retry(verdict);
// @ts-expect-error a believed token is no refusal
else retry(verdict);

// @ts-expect-error an audience does not expire
const impossible: RefusalCause = { code: "token_expired", claim: "aud", reason: "mismatch" };
void impossible;

try {
  validator.validate("token");
} catch (error) {
  if (error instanceof ValidationError && error.code === "audience_mismatch") expectTypeOf(error.claim).toEqualTypeOf<"aud">();
  if (error instanceof KeySetError) expectTypeOf(error.code).toEqualTypeOf<KeySetErrorCode>();
  // @ts-expect-error there is no such code
  if (error instanceof KeySetError && error.code === "token_expired") retry;
}
