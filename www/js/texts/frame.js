// @ts-check
// What stands around every page: the connection, the dialog, what a part shows before, instead of and after its content.
// The words of the document itself, which are there before any script, are in index.html.

/** @param {string} page */
export const documentTitle = (page) => `${page} · Keystile`;
export const SIGN_IN = "Sign in";
export const keyTitle = (/** @type {string} */ kid) => `Key ${kid}`;
export const NOTHING_HERE = "Nothing here";
export const GONE_ADDRESS = "Nothing is at this address.";
export const who = (/** @type {string} */ label, /** @type {string} */ role) => `${label} (${role})`;

export const SESSION_ENDED = "Your session has ended. Sign in again.";
export const NO_ANSWER = "The server does not answer.";
export const NO_ANSWER_AT_FIRST = `${NO_ANSWER} Is it running? Reload this page to try again.`;
export const answeredWith = (/** @type {number} */ status) => `the server answered with status ${status}`;
export const tooLong = (/** @type {string} */ name) => `the server sent more for ${name} than there can be`;
export const cannotAnswer = (/** @type {string} */ why) => `The server cannot answer: ${why}`;
export const LOST = "Connection to the server lost.";
export const BACK = "Connection to the server is back.";
export const CONNECTION = { lost: "Connection lost", live: "Live", waiting: "Connecting" };
/** @param {string} problem @param {string} ago @param {string} next */
export const shownFrom = (problem, ago, next) => `${problem} This page shows what it said ${ago} ago; next try in ${next}.`;
export const TRY_NOW = "Try now";
export const NOT_WHILE_LOST = "Not while the connection is lost.";
export const mayOnlyLook = (/** @type {string | undefined} */ role) => `The role ${role} may look, not change.`;

export const COPIED = "Copied.";
export const DISMISS = "Dismiss";

/** What a screen reader says when the state has changed. */
export const STATE = {
  active: (/** @type {string} */ kid) => `Key ${kid} is active.`,
  noKey: "No key is active.",
  rotation: (/** @type {string} */ stage) => `Rotation: ${stage}.`,
  emergency: (/** @type {number} */ there, /** @type {number} */ all) => `Emergency: ${there} of ${all} regions confirmed.`,
  push: "A push is pending.",
  confirmed: (/** @type {number} */ version) => `The edge has confirmed version ${version}.`,
};

export const LOADING = "Reading from the server…";
export const request = (/** @type {string} */ id) => ` (request ${id})`;
export const showAll = (/** @type {string} */ count) => `Show all ${count}`;

export const RACE = "Nothing was done: the state is not the one you were shown. ";
export const confirmLabel = (/** @type {string} */ word) => `Type ${word} to confirm`;
export const confirmWrong = (/** @type {string} */ word) => `Type \`${word}\` to confirm.`;

export const noElement = (/** @type {string} */ id) => `the page has no element #${id}`;
export const NO_HASHES = "This browser computes hashes over HTTPS alone, and on this machine's own address.";
