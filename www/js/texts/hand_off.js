// @ts-check

export const NONE = "No backend is handed its key. Name a place from which one reads it, and the key is brought there.";
export const INTRODUCTION = "Before a new key signs, it is written to each of these and read back.";
export const CHANGE_TARGETS = "change where backends read their key";
export const CAPTION = "Targets of the hand-off";
export const COLUMNS = ["Target", "Where", "Holds", "Last proof", "State", "Steps"];

export const NOTHING_YET = "nothing yet";
export const version = (/** @type {string | number} */ version) => `version ${version}`;
export const older = (/** @type {number} */ count) => `${count} older ${count === 1 ? "version holds" : "versions hold"} keys from before`;
export const NO_PROOF = "none";
export const READ_BACK = "Read back ";
export const THERE_SINCE = "there since ";
export const STATES = { waits: "waits", failing: "failing", inOrder: "in order" };
export const FOR_KEY = "for key ";
export const SINCE = " since ";
export const TRIED_AGAIN = "tried again ";

export const STEPS = { change: "Change", remove: "Take out…" };
export const changeLabel = (/** @type {string} */ name) => `Change the target ${name}`;
export const removeLabel = (/** @type {string} */ name) => `Take out the target ${name}`;

/** The form. A target that has a name which is there already is changed. */
export const FORM = {
  label: "A target of the hand-off",
  name: "Name",
  nameHint: "small letters, digits and hyphens; one that is there is changed",
  kind: "Kind of place",
  kinds: /** @type {Record<string, string>} */ ({
    openbao: "OpenBao or Vault, KV 2",
    "aws-secrets-manager": "AWS Secrets Manager",
    "kubernetes-manifest": "Manifest of a Kubernetes Secret",
    file: "File",
  }),
  /** What each part of a place is called, and a word about it. */
  parts: /** @type {Record<string, [string, string]>} */ ({
    address: ["Address", "whole, with its scheme and port"],
    mount: ["Mount", "of the engine; secret unless it is said"],
    path: ["Path", "below the mount; it must hold nothing else"],
    region: ["Region", "such as eu-central-1"],
    secret: ["Secret", "its name; it must hold nothing else"],
    endpoint: ["Endpoint", "another one than the region's, if at all"],
    file: ["File", "below the folder that the operator has set aside"],
    namespace: ["Namespace", "where there are any"],
    credential: ["Credential", "a name: what it stands for, the operator says"],
    format: ["Format of the file", "variables, one JSON object, or the private key alone"],
  }),
  prefix: "Prefix of the variables",
  prefixHint: "as in the names that the backend reads",
  privateKey: "Private key as",
  privateKeyHint: "what the backend's library reads",
  reload: "Time to reload, seconds",
  reloadHint: "for so long a backend may go on with the key before",
  go: "Show what would happen…",
};

export const SET = {
  title: (/** @type {string} */ name) => `Hand the key over to ${name}?`,
  written: (/** @type {string} */ kid, /** @type {string} */ name) => `Key ${kid}, which signs, is written to ${name} now, and read back.`,
  moved: (/** @type {string} */ name) => `${name} is moved: what stands in its old place stays there, and nobody looks after it any more.`,
  stays: (/** @type {string} */ name) => `${name} stays where it is. What stands there is written anew if it is to look different.`,
  ours: "A secret of a manager that holds anything else is refused, and not overwritten. A file is replaced whole.",
  waits: (/** @type {string} */ name, /** @type {string} */ reload) =>
    `Every rotation waits from now on until ${name} has the new key, and ${reload} more. One that is under way does too.`,
  go: "Hand it over",
  done: (/** @type {string} */ name) => `The target ${name} is set; the key is on its way there.`,
  nothing: "Nothing is changed yet.",
};
export const REMOVE = {
  title: (/** @type {string} */ name) => `Take out the target ${name}?`,
  stays: (/** @type {string} */ name, /** @type {string} */ kid) =>
    `What stands there stays there: key ${kid}. A backend that reads ${name} goes on with it, and is refused once the key is gone.`,
  empty: (/** @type {string} */ name) => `Nothing stands at ${name} that was read back.`,
  noWait: "No rotation waits for it any more; one that is under way goes on without it.",
  go: "Take it out",
  done: (/** @type {string} */ name) => `The target ${name} is taken out.`,
};
