// Signs tokens and key sets as an issuer does, with Node's own cryptography and nothing of ours.

import { createHash, generateKeyPairSync, sign } from "node:crypto";

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** An RSA key pair that signs compact JWSs. Its `kid` is its RFC 7638 thumbprint. */
export class Signer {
  constructor(bits = 2048) {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
    const { n, e } = publicKey.export({ format: "jwk" });
    this.privateKey = privateKey;
    this.kid = createHash("sha256").update(JSON.stringify({ e, kty: "RSA", n })).digest("base64url");
    this.jwk = { kty: "RSA", use: "sig", alg: "RS256", kid: this.kid, n, e };
  }

  jws(header, payload) {
    const input = `${encode({ alg: "RS256", ...header, kid: header.kid ?? this.kid })}.${encode(payload)}`;
    return `${input}.${sign("sha256", Buffer.from(input), this.privateKey).toString("base64url")}`;
  }

  token(claims, header = {}) {
    return this.jws({ typ: "JWT", ...header }, claims);
  }

  /** The document that the server publishes, of which this key is the root. */
  keySet(signers, document) {
    const keys = signers.map(({ jwk }, index) => ({ ...jwk, status: index === 0 ? "active" : "retiring" }));
    return this.jws({ typ: "jwk-set+jwt" }, { format: 1, refresh: 5, keys, ...document });
  }
}
