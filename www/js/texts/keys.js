// @ts-check
// The keys, their steps, and rotations.

import { inWords } from "./shared.js";

export const LIVES = "Lives of the keys";
export const ALL_KEYS = "All keys";
export const CAPTION = "Keys of this issuer, the active one first";
export const COLUMNS = ["Key", "State", "Age", "Safe to activate", "Safe to remove", "Last seen at edge", "Next step"];
export const NO_KEY = "This issuer has no key yet. Rotate to make one.";

export const COPY_KID = "Copy kid";
export const kidOf = (/** @type {string} */ kid) => `kid of ${kid}`;
export const tokens = (/** @type {number} */ count, /** @type {string} */ written) => `${written} ${count === 1 ? "token" : "tokens"}`;
export const SIGNING_NOW = "signing now";
export const NOW = "Now";
export const ONCE_CONFIRMED = "once it is confirmed";
export const REMOVED = "Removed ";
export const REVOKED = "Revoked ";
export const ONCE_REPLACED = "once another key has replaced it";
export const SEALED_UNTIL = "Private half kept sealed until ";

/** The steps of one key. */
export const STEPS = {
  final: "none: this is final",
  rotate: "Rotate to replace it.",
  names: /** @type {Record<string, {words: string, label: string}>} */ ({
    activate: { words: "Activate…", label: "Activate key" },
    "activate-anyway": { words: "Activate anyway…", label: "Activate anyway key" },
    retire: { words: "Retire…", label: "Retire key" },
    "roll-back": { words: "Roll back…", label: "Roll back to key" },
    revoke: { words: "Revoke…", label: "Revoke key" },
  }),
  thrownOutBy: "The key that signs is thrown out by an ",
  emergency: "emergency",
  whichReplaces: ", which puts another one in its place.",
  revokeFor: "For a key that others may have: every token of it is refused, and it can never come back.",
  publicOnly: "Only its public half is here: it verifies, and can never sign.",
  waiting: "waiting for the edge",
  safeAt: (/** @type {string} */ words, /** @type {string} */ at) => `${words} Safe at ${at}.`,
  aliveUntil: (/** @type {string} */ at) => `Tokens it signed may still be alive. Safe at ${at}.`,
};

/** The picture. */
export const TIMELINE = {
  empty: "No key has lived yet.",
  newest: (/** @type {number} */ shown, /** @type {number} */ all) => `The ${shown} newest of ${all} keys; the table has all.`,
  activate: "safe to activate",
  remove: "safe to remove",
  seen: "last seen at the edge",
  gone: "gone",
  further: (/** @type {string} */ end) => `… ${end}`,
  phase: (/** @type {string} */ name, /** @type {string} */ duration) => `${name} for ${duration}`,
  life: (/** @type {string} */ kid, /** @type {string} */ state, /** @type {string[]} */ parts) => `Key ${kid}, ${state}: ${parts.join(", ")}`,
};

/** A rotation under way. */
export const ROTATION = {
  steps: /** @type {const} */ ([
    ["publishing", "Publish", "The new key is in the key set; the set is on its way to the edge store."],
    ["confirming", "Confirm", "The key set is published. Waiting until every region that reports runs it."],
    ["activating", "Activate", "Every region knows the new key. It starts to sign."],
    ["retiring", "Retire", "The new key signs. The old one stays until the last token it signed has expired."],
  ]),
  held: "Every region knows the new key. It waits for you to resume.",
  from: (/** @type {string} */ old, /** @type {string} */ young) => `From ${old} to ${young}. `,
  none: "none",
  paused: (/** @type {string} */ since) => `Paused since ${since}: the new key does not sign until you resume.`,
  scheduled: "The schedule started it, and it activates within the rotation window. ",
  byItself: "The server goes on by itself; this page may be closed.",
  done: ": done",
  underWay: ": under way",
  toCome: ": to come",
  missing: (/** @type {string[]} */ regions) => `Missing: ${inWords(regions)}.`,
  safeAt: (/** @type {string} */ at) => `Safe at ${at}.`,
  everyEdgeAt: (/** @type {string} */ at) => `At ${at}, when every edge may look for it.`,
  leavesAt: (/** @type {string} */ at) => `It leaves at ${at}.`,
  resume: "Resume",
  pause: "Pause…",
  cancel: "Cancel rotation…",
};

export const ROTATE = {
  title: "Rotate the signing key?",
  made: (/** @type {number} */ bits, /** @type {number} */ version) =>
    `A new key of ${bits} bits is made and published now, as version ${version}. It does not sign yet.`,
  noRegion: (/** @type {string} */ pause) => `No region reports, so it starts to sign ${pause} after it was published: by then every edge knows it.`,
  regions: (/** @type {string} */ names, /** @type {number} */ count, /** @type {string} */ pause) =>
    `It starts to sign once ${names} ${count === 1 ? "has" : "have"} confirmed it, and ${pause} after it was published at the earliest.`,
  targets: (/** @type {string} */ names) => `Before that it is handed over to ${names}, where backends take it up.`,
  stays: (/** @type {string} */ kid, /** @type {string} */ duration) =>
    `Key ${kid} stays valid for ${duration} after that: then its last token has expired. Nobody is signed out.`,
  byItself: "The server does all of this by itself. Until the new key signs, you can cancel.",
  go: "Rotate",
  done: (/** @type {string} */ kid, /** @type {number} */ version) => `Rotation started: key ${kid} is being published as version ${version}.`,
};
export const calledOff = (/** @type {string} */ kid) => `The rotation to key ${kid} is called off.`;

export const ROLL_BACK = {
  title: (/** @type {string} */ kid) => `Roll back to key ${kid}?`,
  atOnce: (/** @type {string} */ kid) => `Key ${kid} signs all new tokens again from now on; every edge still knows it.`,
  again: (/** @type {string} */ kid) => `Key ${kid} has left the key set. It is published again, and signs once every edge has it.`,
  retiring: (/** @type {string} */ kid) => `Key ${kid} becomes retiring: its tokens stay valid until they expire. Nobody is signed out.`,
  version: (/** @type {number} */ version) => `The key set gets a new, higher version: ${version}.`,
  go: "Roll back",
  done: (/** @type {string} */ kid) => `Key ${kid} signs again.`,
  doneLater: (/** @type {string} */ kid) => `Key ${kid} is published again, and signs once every edge has it.`,
};
export const PAUSE = {
  title: "Pause this rotation?",
  plan: ["The new key is published and confirmed as before, but it does not sign until you resume."],
  go: "Pause",
  done: "The rotation is paused.",
};
export const RESUMED = "The rotation goes on.";
export const CANCEL = {
  title: "Cancel this rotation?",
  plan: ["The new key leaves the key set before it has signed anything.", "The key that signs today goes on signing."],
  go: "Cancel rotation",
  done: "The rotation is cancelled; nothing changed for anybody.",
};

export const ACTIVATE = {
  title: (/** @type {string} */ kid) => `Activate key ${kid}?`,
  signs: (/** @type {string} */ kid, /** @type {number} */ version) => `Key ${kid} signs all new tokens from now on, by version ${version}.`,
  retiring: (/** @type {string} */ kid) => `Key ${kid}, which signs today, becomes retiring: its tokens stay valid until they expire.`,
  go: "Activate",
  done: (/** @type {string} */ kid) => `Key ${kid} signs from now on.`,
};
export const ACTIVATE_ANYWAY = {
  title: (/** @type {string} */ kid) => `Activate key ${kid} before the edge has confirmed it?`,
  lacking: (/** @type {string} */ names, /** @type {number} */ count) =>
    `${names} ${count === 1 ? "lacks" : "lack"} it now, and ${count === 1 ? "refuses" : "refuse"} its tokens until that is over. Users are turned away there.`,
  silent: "An edge that does not report may not know it yet, and refuses its tokens until it does. Users may be turned away.",
  takes: (/** @type {string} */ bound) => `That takes ${bound} from its publication at the most, wherever the store can be read.`,
  go: "Activate anyway",
  done: (/** @type {string} */ kid) => `Key ${kid} signs from now on, unconfirmed.`,
};
export const RETIRE = {
  title: (/** @type {string} */ kid) => `Retire key ${kid}?`,
  leaves: (/** @type {number} */ version) => `It leaves the key set, by version ${version}.`,
  sealed: (/** @type {string} */ until) => `Its private half is kept sealed for a rollback: ${until}.`,
  destroyed: "Its private half is destroyed: this cannot be undone.",
  expired: (/** @type {string} */ seen) => `The last token it signed has expired, so nobody will notice. ${seen}`,
  go: "Retire",
  done: (/** @type {string} */ kid) => `Key ${kid} has left the key set.`,
};
export const REVOKE = {
  title: (/** @type {string} */ kid) => `Revoke key ${kid}?`,
  leaves: (/** @type {number} */ version) => `It leaves the key set for good, by version ${version}, and its private half is destroyed.`,
  rotationEnds: "The rotation to it ends.",
  neverSeen: "No edge has ever seen a token of it.",
  refused: (/** @type {string} */ seen) => `Every token it signed is refused: whoever holds one must sign in again. ${seen}`,
  forGood: "This cannot be undone: the key can never come back.",
  go: "Revoke for good",
  done: (/** @type {string} */ kid) => `Key ${kid} is revoked.`,
};
export const NEVER_SEEN = "No edge has ever seen one.";
export const seen = (/** @type {string} */ count, /** @type {string} */ last) => `The edge has seen ${count} of them, the last one at ${last}.`;
