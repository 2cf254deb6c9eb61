// @ts-check

export const NONE = "No backend is handed its key. `keystile hand-off set` names the places from which backends read it.";
export const INTRODUCTION = "Before a new key signs, it is written to each of these and read back. `keystile hand-off set` changes them.";
export const CAPTION = "Targets of the hand-off";
export const COLUMNS = ["Target", "Where", "Holds", "Last proof", "State"];

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
