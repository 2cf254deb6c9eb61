// A real identity provider: npm's oidc-provider, with people whose password is anything.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";

import { CLIENT_ID, CLIENT_SECRET } from "./keystile.mjs";

// `cargo xtask` installs the package below the build folder and says so in NODE_PATH.
const { default: Provider } = createRequire(import.meta.url)("oidc-provider");

const GROUPS = {
  grace: ["everybody", "key-people"],
  victor: ["guests"],
  "someone@else.example": ["visitors"],
};

/** A key of its own at each start, as after the provider has turned its keys. */
function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: `key-${Date.now()}`, alg: "RS256", use: "sig" };
}

/** Starts it. It is called `localhost`, so that it is another site than the console, which is called 127.0.0.1. */
export async function startProvider(port, redirectUri) {
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [redirectUri], response_types: ["code"], grant_types: ["authorization_code"] }],
    jwks: { keys: [newKey()] },
    cookies: { keys: ["of the test"] },
    claims: { openid: ["sub", "preferred_username", "groups"] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: GROUPS[id] ?? [] }),
    }),
  });
  const server = createServer(provider.callback());
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { issuer, stop };
}
