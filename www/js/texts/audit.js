// @ts-check

export const PROOF = "Proof";
export const ENTRIES = "Entries";
export const INTRODUCTION = "Every entry is chained to the one before it, and signed checkpoints stand over the chain. Your browser computes all of it again from an export.";
export const VERIFY = "Verify the log";
export const EXPORT = "Export";

export const caption = (/** @type {boolean} */ isNarrowed) => `Entries of the audit log, newest first${isNarrowed ? ", that fit" : ""}`;
export const COLUMNS = ["When", "Who", "What", "To what", "Why", "Entry"];
export const SEARCH = "Search";
export const SEARCH_HINT = "who, what, why, a kid";
export const ACTION = "Action";
export const ANY = "any";
export const found = (/** @type {string} */ found, /** @type {string} */ read) => `${found} of ${read} entries that were read.`;
export const NO_ENTRY = "No entry fits. Older ones may.";
export const OLDER = "Read older entries";
export const number = (/** @type {number} */ seq) => `#${seq}`;
export const entry = (/** @type {number} */ seq) => `Entry ${seq}`;

export const HOLDS = {
  words: (/** @type {string} */ entries) => `The log holds: ${entries} entries, each the one that was written.`,
  since: (/** @type {string} */ first) => ` It begins with entry ${first}: those before it were deleted in order, and nothing else is missing.`,
  unsigned: " This browser has no Ed25519, so the signatures of the checkpoints were not checked.",
  detail: (/** @type {string} */ head, /** @type {string} */ verifier) =>
    `The last hash is ${head}. The verifier key is ${verifier}: compare it with the one that you keep elsewhere.`,
};
export const DOES_NOT_HOLD = "The log does not hold.";
export const EXPORTED = "The log is exported. Check it anywhere with `keystile audit verify keystile-audit.jsonl`.";

/** Where an export does not hold. */
export const BROKEN = {
  cut: "the last line was cut",
  headless: "the first line does not say whose log it is",
  line: (/** @type {number} */ number, /** @type {string} */ what) => `line ${number}: ${what}`,
  neither: "neither an entry nor a checkpoint",
  subtrees: "what is said of deleted entries does not fit here",
  untold: "it does not begin where its newest entry about a deletion says",
  tooSoon: "entries were deleted sooner than the retention allows",
  misplaced: "out of its place",
  rewritten: (/** @type {number} */ seq) => `entry ${seq} is not the one that was written`,
  otherEntries: "the checkpoint was signed over other entries",
  tail: "the tail was cut off",
  noKey: "the verifier key is no Ed25519 key",
  keyHash: "the verifier key does not fit its hash",
  otherLog: "a checkpoint is of another log",
  otherKey: "a checkpoint is signed with another key",
  signature: "the signature of a checkpoint does not fit",
};
