// Tokens that the runtime's own cryptography signs.

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const encoder = new TextEncoder();

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "api";

/** The instant at which every case that sets a clock takes place. */
export const NOW = 1_800_000_000;

export class Signer {
  #privateKey;

  static async make(kid) {
    const algorithm = { ...RS256, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
    const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const signer = new Signer();
    const { kty, n, e } = await crypto.subtle.exportKey("jwk", publicKey);
    signer.#privateKey = privateKey;
    signer.jwk = { kty, n, e, kid, use: "sig", alg: "RS256" };
    signer.pem = pem(new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
    signer.privateJwk = await crypto.subtle.exportKey("jwk", privateKey);
    return signer;
  }

  get jwks() {
    return { keys: [this.jwk] };
  }

  /** A token for `AUDIENCE` that is valid at `NOW`, but for what is said here. */
  token(claims = {}, header = {}) {
    return this.sign({ alg: "RS256", kid: this.jwk.kid, ...header }, { iss: ISSUER, aud: AUDIENCE, exp: NOW + 60, ...claims });
  }

  /** Just these; what is no text is written as JSON. */
  async sign(header, payload) {
    const input = [header, payload].map((it) => base64url(encoder.encode(typeof it === "string" ? it : JSON.stringify(it)))).join(".");
    const signature = await crypto.subtle.sign(RS256.name, this.#privateKey, encoder.encode(input));
    return `${input}.${base64url(new Uint8Array(signature))}`;
  }
}

export function base64url(bytes) {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function pem(der) {
  return `-----BEGIN PUBLIC KEY-----\n${base64(der).match(/.{1,64}/g).join("\n")}\n-----END PUBLIC KEY-----\n`;
}
