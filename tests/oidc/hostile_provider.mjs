// A stand-in for a provider: it answers what no real one would. Each case changes one thing of an answer that is good.

import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import { CLIENT_ID } from "./keystile.mjs";

const base64url = (text) => Buffer.from(text).toString("base64url");
const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };
export const publicKeyPem = pair.publicKey.export({ type: "spki", format: "pem" });

/** Signs what may be no claims at all, by a header that may be any. */
export function sign(claims, { header = {}, key = pair.privateKey, secret } = {}) {
  const head = base64url(JSON.stringify({ alg: "RS256", typ: "JWT", kid: "one", ...header }));
  const input = `${head}.${base64url(typeof claims === "string" ? claims : JSON.stringify(claims))}`;
  if (secret !== undefined) return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  return `${input}.${key ? createSign("sha256").update(input).sign(key, "base64url") : ""}`;
}

/** Starts it. `say` holds what it says where that is not what it should. */
export async function startHostileProvider() {
  const say = {};
  let issuer = "";
  const good = {
    "/.well-known/openid-configuration": () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
    }),
    "/jwks": () => ({ keys: [jwk] }),
    "/token": () => ({ access_token: "a", token_type: "Bearer", id_token: say.idToken }),
  };
  const server = createServer((request, answer) => {
    const { pathname } = new URL(request.url, issuer);
    const instead = say[pathname];
    if (instead) return instead(answer, good[pathname]?.());
    answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(good[pathname]()));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${server.address().port}`;
  const now = () => Math.floor(Date.now() / 1000);
  return {
    issuer,
    say,
    /** The claims of a good ID token. */
    claims: (nonce) => ({
      iss: issuer, aud: CLIENT_ID, sub: "s-1", exp: now() + 300, iat: now(), nonce, preferred_username: "mallory", groups: ["everybody"],
    }),
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Ways to answer badly, whatever was asked. */
export const badly = {
  redirects: (answer) => answer.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
  fails: (answer) => answer.writeHead(500).end("<script>alert(1)</script>"),
  giant: (answer) => {
    answer.writeHead(200, { "content-type": "application/json" });
    const more = () => answer.destroyed || (answer.write(" ".repeat(65536)), setTimeout(more, 1));
    more();
  },
  hangs: () => {},
  garbage: (answer) => answer.writeHead(200).end("<html>"),
};

/** The same document with something else in it. */
export const changed = (changes) => (answer, good) =>
  answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ ...good, ...changes }));
