// What can be read of a token before anything about it is believed.

import { JWSInvalid, JWTInvalid } from "./jose_errors.mjs";

/** The claims of a token, unchecked. */
export function decodeJwt(jwt) {
  if (typeof jwt !== "string") throw new JWTInvalid("a JWT is a string");
  const segments = jwt.split(".");
  if (segments.length !== 3) throw new JWTInvalid("a JWT that can be read without a key has three segments");
  return jsonObject(segments[1], JWTInvalid, "the claims are not a JSON object in base64url");
}

/** The protected header of a token, or of an object that has one, unchecked. */
export function decodeProtectedHeader(token) {
  const wrong = "the protected header is not a JSON object in base64url";
  if (typeof token === "object" && token !== null && !("protected" in token)) throw new TypeError("the token has no protected header");
  const segments = typeof token === "string" ? token.split(".") : [];
  const header = segments.length === 3 || segments.length === 5 ? segments[0] : token?.protected;
  if (typeof header !== "string") throw new TypeError(wrong);
  return jsonObject(header, TypeError, wrong);
}

/** The parts of a compact JWS, its header read. */
export function readJws(jws) {
  const text = jws instanceof Uint8Array ? new TextDecoder().decode(jws) : jws;
  if (typeof text !== "string") throw new JWSInvalid("a compact JWS is a string or a Uint8Array");
  const segments = text.split(".");
  if (segments.length !== 3) throw new JWSInvalid("a compact JWS has three segments");
  const [encoded, payload, signature] = segments;
  const header = jsonObject(encoded, JWSInvalid, "the header is not a JSON object in base64url");
  return { text, header, token: { payload, signature, protected: encoded } };
}

function jsonObject(segment, Wrong, message) {
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes(segment)));
  } catch (cause) {
    throw new Wrong(message, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Wrong(message);
  return value;
}

function bytes(base64url) {
  if (/[^\w-]/.test(base64url)) throw new TypeError("not base64url");
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
