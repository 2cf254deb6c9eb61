// Options on their way to the WASM, read strictly: an option that is misspelled or of the wrong type is a `TypeError`,
// because one that is silently ignored is a check that silently does not happen. What the values mean, and what they are
// where they are left out, is for the WASM to say.

import { Input } from "./wasm.mjs";

const LIMITS = { tokenBytes: wholeNumber, headerBytes: wholeNumber, jsonDepth: wholeNumber, keySetBytes: wholeNumber, keys: wholeNumber, exponents };

// How the options of each thing are given.
export const POLICY = { issuer: decided, audience: decided, leeway: wholeNumber, requiredClaims: list, typ: oneOrMany, maxTokenAge: wholeNumber, allowMissingKid: flag, limits };
export const PLAIN = { limits };
export const SIGNED = { issuer: one, floor: wholeNumber, generationFloor: wholeNumber, limits };

/** The options alone: neither what they inherit, nor what a getter would say the next time. */
export function own(options = {}, name = "options") {
  if (typeof options !== "object" || options === null || Array.isArray(options)) throw mistake(`\`${name}\` must be an object`);
  return { __proto__: null, ...options };
}

/** What `make` makes in the WASM of options of these `kinds`. Where it makes nothing, `refused` is to make an error of why. */
export function made(kinds, options, make, refused = mistake) {
  const input = new Input();
  try {
    give(input, kinds, "", own(options));
    const result = make(input);
    if (result === undefined) throw refused(input.refusal(), input);
    return result;
  } finally {
    input.free();
  }
}

/** Gives a list of texts. */
export function giveTexts(input, name, texts) {
  input.list(name);
  for (const text of texts) input.text(text);
}

function give(input, kinds, prefix, given) {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !Object.hasOwn(kinds, name)) throw mistake(`unknown option \`${prefix}${name}\`; remove it, or correct its name`);
  }
  for (const [name, kind] of Object.entries(kinds)) {
    if (given[name] !== undefined || kind === decided || kind === one) kind(input, prefix + name, given[name]);
  }
}

/** Whose tokens are taken, and for whom, is a decision that no default can make. */
function decided(input, name, value) {
  if (value === undefined) throw wrong(name, "is missing; give what is expected, or `null` if it is not to be checked");
  if (value !== null) oneOrMany(input, name, value);
}

function one(input, name, value) {
  if (typeof value !== "string") throw wrong(name, "is missing or not a string; give it as text");
  giveTexts(input, name, [value]);
}

function oneOrMany(input, name, value) {
  list(input, name, typeof value === "string" ? [value] : value);
}

function list(input, name, value) {
  if (!Array.isArray(value)) throw wrong(name, "must be a string or a list of strings");
  const texts = [...value];
  if (!texts.every((text) => typeof text === "string")) throw wrong(name, "must contain strings only");
  giveTexts(input, name, texts);
}

function wholeNumber(input, name, value) {
  if (!Number.isSafeInteger(value) || value < 0) throw wrong(name, "must be a whole number");
  input.number(name, value);
}

function flag(input, name, value) {
  if (typeof value !== "boolean") throw wrong(name, "must be `true` or `false`");
  input.number(name, Number(value));
}

function exponents(input, name, value) {
  if (value !== "f4" && value !== "odd-up-to-33-bits") throw wrong(name, "must be `f4` or `odd-up-to-33-bits`");
  input.number(name, Number(value !== "f4"));
}

function limits(input, name, value) {
  give(input, LIMITS, `${name}.`, own(value, name));
}

function wrong(name, what) {
  return mistake(`option \`${name}\` ${what}`);
}

function mistake(message) {
  return new TypeError(message);
}
