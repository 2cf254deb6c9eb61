// @ts-check
// The browser's part of a passkey: asks the authenticator, and says in words what came of it.
import { elsewhere, failed, FAILURES, NO_PASSKEYS } from "./texts/passkeys.js";

/**
 * Has an authenticator make a passkey. Resolves with what the server wants to see of it.
 *
 * @param {{origin: string, make_passkey?: any}} question
 */
export async function makePasskey({ origin, make_passkey: asked }) {
  const made = await ask(origin, () => navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: asked.excludeCredentials.map(known),
    },
  }));
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

/**
 * Has an authenticator answer with a passkey. Resolves with what the server wants to see of it.
 *
 * @param {{origin: string, use_passkey?: any}} question
 */
export async function usePasskey({ origin, use_passkey: asked }) {
  const used = await ask(origin, () => navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: asked.allowCredentials.map(known) },
  }));
  const response = /** @type {AuthenticatorAssertionResponse} */ (used.response);
  return {
    id: used.id,
    rawId: text(used.rawId),
    type: used.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      ...(response.userHandle ? { userHandle: text(response.userHandle) } : {}),
    },
  };
}

/** @param {string} origin where passkeys of this server can be used @param {() => Promise<Credential | null>} question */
async function ask(origin, question) {
  if (location.origin !== origin) throw new Error(elsewhere(origin));
  if (!globalThis.PublicKeyCredential) throw new Error(NO_PASSKEYS);
  try {
    return /** @type {PublicKeyCredential} */ (await question());
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    throw new Error(FAILURES[name] ?? failed(name));
  }
}

/** @param {{id: string, transports: string[]}} descriptor */
const known = (descriptor) => ({ ...descriptor, id: bytes(descriptor.id) });

/** @param {string} base64url */
const bytes = (base64url) => Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

/** @param {ArrayBuffer} buffer */
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
