// @ts-check
// What the browser computes by itself, so that nobody has to believe the server.
import { NO_HASHES } from "./texts/frame.js";

/** SHA-256 of the DER within a PEM text, in hex, by twos. @param {string} pem */
export async function fingerprint(pem) {
  const base64 = pem.replace(/-----[^-]+-----|\s/g, "");
  const der = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return (await sha256(der)).match(/../g)?.join(":") ?? "";
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
export async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) throw new Error(NO_HASHES);
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** @param {Uint8Array} bytes */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
