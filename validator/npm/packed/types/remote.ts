import { expectTypeOf } from "expect-type";
import { KeySet, Validator } from "@keystile/validator";
import type { Claims, Refusal, Validated } from "@keystile/validator";
import { KeySetFetchError, remoteKeySet } from "@keystile/validator/remote";
import type { RemoteKeySet } from "@keystile/validator/remote";

const set = remoteKeySet("https://keys.example/jwks.json", { cooldown: 10, storage: { get: async () => null, set: async () => {} } });
remoteKeySet(new URL("https://keys.example/set.jwt"), { roots: { keys: [] }, issuer: "i", waitUntil: (promise) => void promise });
expectTypeOf(set).toEqualTypeOf<RemoteKeySet>();
expectTypeOf(set.ready()).resolves.toEqualTypeOf<RemoteKeySet>();
expectTypeOf(set.current()).toEqualTypeOf<KeySet | undefined>();
expectTypeOf(set.state().kids).toEqualTypeOf<string[]>();
expectTypeOf(set.state().age).toEqualTypeOf<number | undefined>();

const validator = new Validator(set, { issuer: "i", audience: null });
expectTypeOf(validator.checkAsync("token")).resolves.toEqualTypeOf<({ ok: true } & Validated<Claims>) | Refusal>();
expectTypeOf(validator.validateAsync<{ a: 1 }>("token")).resolves.toHaveProperty("claims").toEqualTypeOf<{ a: 1 }>();

const code = (error: KeySetFetchError) => error.code;
expectTypeOf(code).returns.extract<"fetch_timed_out">().toEqualTypeOf<"fetch_timed_out">();

// @ts-expect-error a remote key set has no keys until it is read
set.kids;
// @ts-expect-error seconds are a number
remoteKeySet("https://keys.example", { timeout: "5s" });
// @ts-expect-error there is no such option
remoteKeySet("https://keys.example", { cacheMaxAge: 5 });
// @ts-expect-error the address is not optional
remoteKeySet();
// @ts-expect-error a storage can be written, too
remoteKeySet("https://keys.example", { storage: { get: () => null } });
// @ts-expect-error a validator takes a key set, not its address
new Validator("https://keys.example", { issuer: "i", audience: null });
// @ts-expect-error a promise of a verdict is no verdict
if (validator.checkAsync("token").ok) validator.free();
