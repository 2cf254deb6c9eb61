// @ts-check

export const NO_PASSKEYS = "This browser has no passkeys here: it needs HTTPS, or the address `localhost`.";
export const elsewhere = (/** @type {string} */ origin) => `Passkeys of this server belong to \`${origin}\`. Open the console there.`;
export const failed = (/** @type {string} */ name) => `The browser could not ask for a passkey (${name}). Try again.`;
/** By the name that the standard gives each. @type {Record<string, string>} */
export const FAILURES = {
  NotAllowedError: "No passkey answered: the browser's question was closed, or nobody answered it in time. Try again.",
  InvalidStateError: "This authenticator holds a passkey for you already. Take another one.",
  NotSupportedError: "No authenticator here makes passkeys of a kind that this server knows. Take another one.",
  ConstraintError: "This authenticator cannot check that it is you. Take one with a PIN, a finger or a face.",
  SecurityError: "The browser keeps no passkeys for this address. Open the console under the server's public address.",
};

/** The second step of a sign-in. */
export const USE = {
  title: "Your passkey",
  words: "The password is right. Your passkey finishes the sign-in.",
  go: "Use the passkey",
};
export const MAKE = {
  title: "Your first passkey",
  words: "The password is right. This server wants a passkey of everybody, and you have none yet: a security key, this device, or your telephone.",
  go: "Register a passkey",
};

export const TITLE = "Registered passkeys";
export const ABOUT = "With a passkey your password alone opens nothing: whoever signs in as you needs your security key, your device or your telephone too. Register two, and keep one in a drawer.";
export const NOT_BY_NAME = "Passkeys belong to users who sign in by name. You came with an API token.";
export const NEW = {
  title: "Register a passkey",
  name: "What you call it",
  example: "blue key",
  go: "Register a passkey",
  done: (/** @type {string} */ name) => `The passkey ${name} is registered. Your other sessions have ended.`,
};
export const LIST = {
  none: "You have no passkey yet.",
  noneOf: (/** @type {string} */ name) => `${name} has no passkey.`,
  caption: "Passkeys, the first one first",
  columns: ["Name", "Registered", "Last used", "Kept by", "Step"],
  shared: "its owner's devices",
  single: "one authenticator",
  remove: "Remove…",
  removeLabel: (/** @type {string} */ name) => `Remove the passkey ${name}`,
};
export const REMOVE = {
  title: (/** @type {string} */ name) => `Remove the passkey ${name}?`,
  plan: ["It opens nothing from now on, and your other sessions end.", "After the last one your password alone lets you in."],
  planOfOther: ["It opens nothing from now on, and every session of theirs ends.", "After the last one their password alone lets them in, or lets them register another one where everybody must have one."],
  go: "Remove it",
  done: (/** @type {string} */ name) => `The passkey ${name} is removed.`,
};
export const OF_USER = {
  title: (/** @type {string} */ name) => `Passkeys of ${name}`,
};
