// @ts-check

export const PAGE = "Approvals";
export const WAITING = "Waiting for another person";
export const GIVEN = "To be done";
export const ALONE = "Done alone, not looked at yet";
export const BEFORE = "Before";
export const INTRODUCTION = "Where the policy of an issuer wants it, an emergency, a rollback and what is done to roots and private keys take two people: one asks, another one approves, the first one does it within an hour.";
export const NONE_WAITS = "Nothing waits for anybody.";
export const NONE_GIVEN = "Nothing is approved and not done yet.";
export const NONE_BEFORE = "Nobody has asked for anything yet.";

export const COLUMNS = { open: ["What", "Asked by", "Until", "Step"], before: ["What", "Asked by", "Outcome", "When"] };
export const OWN = "yours";
export const ELSEWHERE = "where it was asked for";
export const STATES = /** @type {Record<string, string>} */ ({
  waiting: "waits",
  approved: "approved",
  refused: "refused",
  glass_broken: "goes on alone",
  used: "done",
  expired: "too late",
});

/** What each deed is, in a few words. @type {Record<string, (deed: any) => string>} */
export const DEEDS = {
  emergency: ({ issuer, confirm }) => `Emergency at ${issuer}: key ${confirm.slice(0, 8)} is revoked and replaced`,
  rollback: ({ issuer, kid }) => `Rollback at ${issuer}: key ${kid.slice(0, 8)} signs again`,
  announce_root: ({ kid }) => `Root ${kid.slice(0, 8)} becomes known`,
  withdraw_root: ({ kid }) => `Root ${kid.slice(0, 8)} vouches for nothing any more`,
  install_delegation: ({ issuer }) => `Another delegation signs the key sets of ${issuer}`,
  set_hand_off: ({ issuer, targets }) => `The private keys of ${issuer} go to ${targets.map((/** @type {any} */ it) => it.name).join(", ") || "nobody"}`,
  export_key: ({ issuer, kid }) => `Private key ${kid.slice(0, 8)} of ${issuer} is printed`,
  end_approval: ({ issuer }) => `At ${issuer}, one person is enough from now on`,
  grant_access: ({ to, role }) => `${to} gets access as ${role}`,
  shorten_retention: ({ days }) => `Entries of the audit log are kept for ${days} days from next month on`,
  release_hold: ({ id }) => `Legal hold ${id} ends`,
};

export const ASK = {
  step: "This takes two people. Nothing happens yet: somebody else must approve exactly this, on the page Approvals.",
  go: "Ask for approval",
  done: "Asked. It waits on the page Approvals for somebody else.",
};
export const APPROVE = {
  button: "Look at it…",
  title: (/** @type {string} */ what) => `${what}?`,
  asked: (/** @type {string} */ by, /** @type {string} */ why) => `${by} asks for it${why ? `: ${why}` : "."}`,
  exactly: (/** @type {[string, any][]} */ deed) =>
    `Exactly this: ${deed.map(([name, value]) => `${name.replaceAll("_", " ")} ${typeof value === "string" ? `“${value}”` : JSON.stringify(value)}`).join(", ")}.`,
  would: (/** @type {string} */ step) => `If it happened now: ${step}`,
  then: "If you approve it, they have an hour to do it, once.",
  go: "Approve",
  done: "Approved.",
};
export const REFUSE = { button: "Refuse…", title: (/** @type {string} */ what) => `Refuse: ${what}?`, plan: ["Whoever asked is told why, and may ask again."], go: "Refuse", done: "Refused." };
export const DO = {
  button: "Do it…",
  plan: ["It happens at once, as it was approved."],
  ends: (/** @type {number} */ days) => `The token ends after ${days} days, unless it is revoked before.`,
  go: "Do it now",
  done: "Done.",
};
export const BREAK_GLASS = {
  button: "Go on alone…",
  title: (/** @type {string} */ what) => `Alone: ${what}?`,
  plan: ["It happens at once, although nobody else has approved it.", "Everybody who is told of alerts hears of it, until somebody else has looked at what you did."],
  field: { label: "Why nobody else can be asked", hint: "Kept in the audit log." },
  go: "Go on alone",
};
export const REVIEW = {
  button: "I have looked…",
  title: (/** @type {string} */ who) => `Look at what ${who} did alone`,
  plan: (/** @type {string} */ why) => [`The reason was: ${why}`, "The alert ends when you have noted what you found."],
  field: { label: "What you found", hint: "Kept in the audit log." },
  go: "Note it",
  done: "Noted.",
};
export const GRANT = "This takes two people. Asked: once somebody else has approved it, you do it on the page Approvals.";
export const BROKEN = "glass broken";
