import { expectTypeOf } from "expect-type";
import * as bridge from "@keystile/validator/jose";

import "./migrated.js";

expectTypeOf(bridge.decodeJwt<{ a: 1 }>("token").a).toEqualTypeOf<1>();
expectTypeOf(bridge.importJWK({ kty: "RSA" })).resolves.toEqualTypeOf<bridge.PublicKey>();

// @ts-expect-error the bridge verifies; it does not sign
bridge.SignJWT;
// @ts-expect-error a token is text or bytes
bridge.jwtVerify(5, bridge.createLocalJWKSet({ keys: [] }));
// @ts-expect-error a key is not text
bridge.jwtVerify("token", "secret");
// @ts-expect-error the address is a `URL`
bridge.createRemoteJWKSet("https://keys.example");
// @ts-expect-error there is no such option
bridge.jwtVerify("token", bridge.createLocalJWKSet({ keys: [] }), { leeway: 5 });
