// @ts-check

export const TITLE = "Keeping of records";
export const FOR_EVER = "for ever";
export const kept = (/** @type {string} */ howLong) => `Entries of the audit log are kept ${howLong}.`;
export const days = (/** @type {string} */ days) => `for ${days} days`;
export const soon = (/** @type {string} */ howLong) => `Soon kept ${howLong}, unless somebody sets something else before: `;
export const deleted = (/** @type {string} */ first) => `Entry #${first} is the first that is there. The newest of those that were deleted was written: `;
export const NONE_DELETED = "None was ever deleted.";

export const RETENTION = {
  label: "Keep entries",
  choices: /** @type {[string, string][]} */ ([["", FOR_EVER], ["366", "a year"], ["1096", "three years"], ["2557", "seven years"], ["3653", "ten years"]]),
  button: "Set…",
  go: "Keep them so",
  title: (/** @type {string} */ howLong) => `Keep entries ${howLong}?`,
  sooner: "What is older goes for good, in thirty days at the earliest: until then everybody can see it coming, and set something else.",
  longer: "It holds at once. What was deleted does not come back.",
  held: "What a legal hold covers stays.",
  done: "Set.",
};

export const HOLDS = {
  title: "Legal holds",
  introduction: "While a hold stands, nothing that it covers is deleted: entries of the audit log from its first day on, and the counts of each hour.",
  none: "No hold was ever set.",
  caption: "Legal holds, newest first",
  columns: ["Covers", "Set", "Why", "State"],
  everything: "everything",
  from: "from",
  to: "to before",
  stands: "stands",
  released: "released",
};
export const HOLD = {
  from: "From",
  to: "To before",
  bounds: "Without a day there is no bound: it covers what is to come, too.",
  button: "Hold…",
  go: "Set the hold",
  title: "Set a legal hold?",
  plan: ["Nothing that it covers is deleted until an administrator releases it, with a reason."],
  done: "The hold stands.",
};
export const RELEASE = {
  button: "Release…",
  label: (/** @type {string} */ id) => `Release ${id}`,
  title: "Release the hold?",
  plan: ["What it has kept is deleted once it is old enough, which cannot be undone."],
  go: "Release",
  done: "Released.",
};
