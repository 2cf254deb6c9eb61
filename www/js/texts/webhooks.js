// @ts-check

export const SEE_WEBHOOKS = "see webhooks";
export const INTRODUCTION = "They are told as it happens, over HTTPS, and again until it arrives. Receivers verify with the secret (Standard Webhooks).";
export const EVENTS_HINT = "Events are named like `alert.raised emergency.declared`; none means all.";
export const WHERE = "Where it leads";
export const EVENTS = "Events";
export const ALL = "all";
export const ADD = "Add…";
export const NONE = "Nobody is told of anything yet.";

export const SECRET = {
  of: (/** @type {string} */ url) => `The secret of ${url}`,
  copyNow: ": copy it now. It is kept sealed, and never shown again.",
  what: (/** @type {string} */ url) => `the secret of ${url}`,
};

export const CAPTION = "Webhooks, the oldest first";
export const COLUMNS = [WHERE, EVENTS, "State", "Added", "Steps"];
/** The words of each step, and the beginning of what it is called beside its webhook. */
export const STEPS = {
  test: ["Test", "Test the webhook"],
  rotate: ["New secret…", "Make another secret for the webhook"],
  remove: ["Remove…", "Remove the webhook"],
};
export const stepOf = (/** @type {string} */ label, /** @type {string} */ url) => `${label} to ${url}`;

export const STATE = {
  givenUp: "given up",
  failing: "failing",
  good: "good",
  why: (/** @type {string | null} */ why) => (why ? `: ${why}` : ""),
  takenBack: ". A test that arrives takes that back.",
  since: "Nothing has arrived since ",
  stop: ".",
  waiting: (/** @type {string} */ count) => `${count} waiting`,
  twoSecrets: "Two secrets sign, so that receivers can change.",
};

export const ADDING = {
  title: "Add this webhook?",
  told: (/** @type {string[]} */ events, /** @type {string} */ url) =>
    `${events.length === 0 ? "Every event" : `Each ${events.join(", ")}`} is told to ${url} from now on, as it happens.`,
  secret: "A secret is made with which the receiver verifies what it is told. It is shown once.",
  test: "The server refuses addresses that only it can reach. Test it afterwards: nothing is sent before something happens.",
  go: "Add it",
  done: "The webhook is added. Its secret stands with the webhooks, this once.",
};
export const TEST = {
  arrived: (/** @type {string} */ url) => `The test arrived at ${url}.`,
  failed: (/** @type {string} */ url, /** @type {string} */ error) => `The test did not arrive at ${url}: ${error}.`,
};
export const ROTATING = {
  title: "Make another secret?",
  made: (/** @type {string} */ url) => `A new secret for ${url} is made, and shown once.`,
  aDay: "For a day the one before signs beside it: until then every receiver must know the new one.",
  go: "Make it",
  done: "The secret is made. It stands with the webhooks, this once.",
};
export const REMOVING = {
  title: "Remove this webhook?",
  nothing: (/** @type {string} */ url) => `${url} is told nothing any more.`,
  waiting: (/** @type {string} */ count) => `What waits for it is given up: ${count} events.`,
  destroyed: "Its secret is destroyed. This cannot be undone; it can be added again, with another secret.",
  go: "Remove for good",
  done: "The webhook is removed.",
};
