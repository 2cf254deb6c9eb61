// The bridge for users of jose. What it says of whole tokens is compared with jose itself by differential/; here is what
// its functions take and give.

import { Answers } from "./answers.mjs";
import { equal, ok, rejects, throws } from "./cases.mjs";
import { AUDIENCE, ISSUER, NOW } from "./signer.mjs";

export function joseBridge(test, { jose, server, signer, stranger }) {
  const { createLocalJWKSet, createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, errors, importJWK, importSPKI, jwksCache, jwtVerify } = jose;
  const options = { issuer: ISSUER, audience: AUDIENCE, currentDate: new Date(NOW * 1000) };
  const local = createLocalJWKSet(signer.jwks);

  test("the bridge verifies by a local key set, and gives what jose gives", async () => {
    const { payload, protectedHeader, key, ...rest } = await jwtVerify(await signer.token({ sub: "ann" }), local, options);
    equal([payload, protectedHeader, rest], [{ iss: ISSUER, aud: AUDIENCE, exp: NOW + 60, sub: "ann" }, { alg: "RS256", kid: "k1" }, {}]);
    equal(key.type, "public");
    payload.sub = "bob";
  });

  test("the bridge verifies by a key, however it was read", async () => {
    const token = await signer.token();
    const webCrypto = await crypto.subtle.importKey("jwk", signer.jwk, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, true, ["verify"]);
    for (const key of [await importJWK(signer.jwk), await importJWK({ ...signer.jwk, alg: undefined }, "RS256"), await importSPKI(signer.pem, "RS256"), signer.jwk, webCrypto]) {
      const { payload, ...rest } = await jwtVerify(token, key, options);
      equal([payload.iss, Object.keys(rest)], [ISSUER, ["protectedHeader"]]);
    }
    equal((await jwtVerify(new TextEncoder().encode(token), signer.jwk, options)).payload.iss, ISSUER);
  });

  test("the bridge refuses with jose's codes, claims and reasons", async () => {
    const refused = async (claims, header, more = {}) => {
      const token = typeof claims === "string" ? claims : await signer.token(claims, header);
      const { code, claim, reason } = await jwtVerify(token, local, { ...options, ...more }).then(() => ({}), (error) => error);
      return [code, claim, reason].filter(Boolean).join(" ");
    };
    equal(await refused({ exp: NOW }), "ERR_JWT_EXPIRED exp check_failed");
    equal(await refused({ exp: "soon" }), "ERR_JWT_CLAIM_VALIDATION_FAILED exp invalid");
    equal(await refused({ aud: "other" }), "ERR_JWT_CLAIM_VALIDATION_FAILED aud check_failed");
    equal(await refused({ iss: undefined }), "ERR_JWT_CLAIM_VALIDATION_FAILED iss missing");
    equal(await refused({ nbf: NOW + 1 }), "ERR_JWT_CLAIM_VALIDATION_FAILED nbf check_failed");
    equal(await refused({}, {}, { subject: "ann" }), "ERR_JWT_CLAIM_VALIDATION_FAILED sub missing");
    equal(await refused({}, {}, { algorithms: ["PS256"] }), "ERR_JOSE_ALG_NOT_ALLOWED");
    equal(await refused({}, { kid: "k9" }), "ERR_JWKS_NO_MATCHING_KEY");
    equal(await refused({}, { crit: ["x"], x: 1 }), "ERR_JOSE_NOT_SUPPORTED");
    equal(await refused("a.b"), "ERR_JWS_INVALID");
    equal(await refused(`${(await signer.token()).slice(0, -4)}AAAA`), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
  });

  test("the errors of the bridge are classes with their codes", async () => {
    const error = await rejects(jwtVerify(await signer.token({ exp: NOW - 1 }), local, options), { name: "JWTExpired", code: "ERR_JWT_EXPIRED" });
    ok(error instanceof errors.JWTExpired && error instanceof errors.JOSEError && error instanceof Error, "instances of theirs");
    equal([errors.JWTExpired.code, error.payload.iss], ["ERR_JWT_EXPIRED", ISSUER]);
  });

  test("several keys that fit are told by an error that lists them", async () => {
    const both = createLocalJWKSet({ keys: [...stranger.jwks.keys, ...signer.jwks.keys] });
    const token = await signer.token({}, { kid: undefined });
    const error = await rejects(jwtVerify(token, both, options), { code: "ERR_JWKS_MULTIPLE_MATCHING_KEYS" });
    const outcomes = [];
    for await (const key of error) outcomes.push(await jwtVerify(token, key, options).then(() => "ok", ({ code }) => code));
    equal(outcomes, ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "ok"]);
  });

  test("the bridge reads a remote key set, and looks again for a kid that is new", async () => {
    const answers = await new Answers(server).give({ body: stranger.jwks });
    const remote = createRemoteJWKSet(new URL(answers.url), { cooldownDuration: 0 });
    await rejects(jwtVerify(await signer.token(), remote, options), { code: "ERR_JWKS_NO_MATCHING_KEY" });
    await answers.give({ body: signer.jwks });
    equal((await jwtVerify(await signer.token(), remote, options)).payload.iss, ISSUER);
    equal(remote.jwks().keys.map(({ kid }) => kid), ["k1"]);
  });

  test("the bridge keeps a remote key set where its user keeps it, and fetches as its user fetches", async () => {
    const cache = {};
    let fetched = 0;
    const fetchIt = async () => ((fetched += 1), Response.json(signer.jwks));
    const open = () => createRemoteJWKSet(new URL("https://keys.example/"), { [jwksCache]: cache, [customFetch]: fetchIt });
    await jwtVerify(await signer.token(), open(), options);
    await jwtVerify(await signer.token(), open(), options);
    equal([fetched, cache.jwks.keys.length, typeof cache.uat], [1, 1, "number"]);
  });

  test("the bridge reads tokens without believing them", async () => {
    const token = await signer.token({ exp: 0 });
    equal([decodeJwt(token).exp, decodeProtectedHeader(token).kid], [0, "k1"]);
    throws(() => decodeJwt("a.b"), { code: "ERR_JWT_INVALID" });
    throws(() => decodeProtectedHeader("x"), { name: "TypeError" });
  });
}
