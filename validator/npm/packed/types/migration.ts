// A program of a user of jose. It compiles with jose, and, its import line changed and nothing else, with the bridge.

import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, importJWK, importSPKI, jwtVerify } from "jose";
import type { JSONWebKeySet, JWTPayload, JWTVerifyOptions, JWTVerifyResult } from "jose";

const options: JWTVerifyOptions = { issuer: "https://issuer.example", audience: ["api"], clockTolerance: "5 s", maxTokenAge: 60, typ: "at+jwt" };

export async function tenantOf(token: string, jwks: JSONWebKeySet): Promise<string | undefined> {
  try {
    const { payload, protectedHeader }: JWTVerifyResult<{ tenant?: string }> = await jwtVerify<{ tenant?: string }>(token, createLocalJWKSet(jwks), options);
    return protectedHeader.kid ? payload.tenant : payload.sub;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return `${error.claim} ${error.reason} ${error.payload.exp}`;
    if (error instanceof errors.JWKSMultipleMatchingKeys) {
      for await (const key of error) return (await jwtVerify(token, key)).payload.sub;
    }
    if (error instanceof errors.JOSEError) return error.code;
    throw error;
  }
}

export async function byKey(token: string, spki: string): Promise<JWTPayload> {
  const key = await importSPKI(spki, "RS256");
  const other = await importJWK({ kty: "RSA", n: "", e: "" }, "RS256");
  await jwtVerify(token, other, { subject: "ann", requiredClaims: ["jti"], currentDate: new Date(0) });
  return (await jwtVerify(new TextEncoder().encode(token), key, { algorithms: ["RS256"] })).payload;
}

const remote = createRemoteJWKSet(new URL("https://keys.example/jwks.json"), { timeoutDuration: 1000, cooldownDuration: 5, cacheMaxAge: 5, headers: { a: "b" } });

export async function byRemote(token: string): Promise<unknown[]> {
  const { payload, key } = await jwtVerify(token, remote);
  if (!remote.fresh && !remote.reloading && !remote.coolingDown) await remote.reload();
  return [payload["roles"], key, remote.jwks()?.keys, decodeJwt(token).exp, decodeProtectedHeader(token).alg];
}
