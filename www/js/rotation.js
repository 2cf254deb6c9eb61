// @ts-check
// A rotation under way: its steps, what it waits for now, and the way back while there is one.
import { element } from "./element.js";
import { moment } from "./instant.js";
import { short } from "./key_name.js";

const STEPS = /** @type {const} */ ([
  ["publishing", "Publish", "The new key is in the key set; the set is on its way to the edge store."],
  ["confirming", "Confirm", "The key set is published. Waiting until every region that reports runs it."],
  ["activating", "Activate", "Every region knows the new key. It starts to sign."],
  ["retiring", "Retire", "The new key signs. The old one stays until the last token it signed has expired."],
]);

/** @param {any} rotation */
export function isUnderWay(rotation) {
  return Boolean(rotation) && STEPS.some(([stage]) => stage === rotation.stage);
}

/** @param {any} rotation @param {any[]} keys @param {any} edge @param {number} now @param {string | null} barrier */
export function rotationPanel(rotation, keys, edge, now, barrier) {
  const current = STEPS.findIndex(([stage]) => stage === rotation.stage);
  const open = current < 3;
  return [
    element("ol", { class: "steps" }, STEPS.map(([, name], index) => step(name, index, current))),
    element(
      "div",
      { class: "rotation-now" },
      element("p", {}, `${meaning(rotation, current)} ${waiting(rotation, keys, edge, now)}`),
      open ? element("div", { class: "actions" }, holdButton(rotation, barrier), cancelButton(barrier)) : null,
    ),
    element("p", { class: "soft" }, `From ${short(rotation.old_kid ?? "none")} to ${short(rotation.new_kid)}. `,
      pace(rotation, now)),
  ];
}

/** A rotation that is held up does everything but activate. @param {any} rotation @param {number} current */
function meaning(rotation, current) {
  const held = rotation.paused_at && rotation.stage === "activating";
  return held ? "Every region knows the new key. It waits for you to resume." : STEPS[current][2];
}

/** @param {any} rotation @param {number} now */
function pace(rotation, now) {
  if (rotation.paused_at) return `Paused since ${moment(rotation.paused_at, now)}: the new key does not sign until you resume.`;
  const window = rotation.scheduled ? "The schedule started it, and it activates within the rotation window. " : "";
  return `${window}The server goes on by itself; this page may be closed.`;
}

/** @param {string} name @param {number} index @param {number} current */
function step(name, index, current) {
  const state = index < current ? "done" : index === current ? "under way" : "to come";
  return element(
    "li",
    { "data-done": index < current, "aria-current": index === current ? "step" : null },
    name,
    element("span", { class: "unseen" }, `: ${state}`),
  );
}

/** @param {any} rotation @param {any[]} keys @param {any} edge @param {number} now */
function waiting(rotation, keys, edge, now) {
  const newer = keys.find((key) => key.kid === rotation.new_kid);
  const older = keys.find((key) => key.kid === rotation.old_kid);
  if (rotation.stage === "confirming") {
    const whom = edge.waiting_for.length > 0 ? `Missing: ${edge.waiting_for.join(", ")}.` : "";
    return [whom, newer?.safe_to_activate_at && `Safe at ${moment(newer.safe_to_activate_at, now)}.`]
      .filter(Boolean).join(" ");
  }
  if (rotation.stage === "activating" && !rotation.paused_at && newer?.safe_to_activate?.ok === false) {
    return newer.safe_to_activate_at ? `At ${moment(newer.safe_to_activate_at, now)}, when every edge may look for it.` : "";
  }
  if (rotation.stage === "retiring" && older?.safe_to_remove_at) {
    return `It leaves at ${moment(older.safe_to_remove_at, now)}.`;
  }
  return "";
}

/** @param {any} rotation @param {string | null} barrier */
function holdButton(rotation, barrier) {
  return rotation.paused_at ? button("resume-rotation", "Resume", barrier) : button("pause-rotation", "Pause…", barrier);
}

/** @param {string | null} barrier */
const cancelButton = (barrier) => button("cancel-rotation", "Cancel rotation…", barrier);

/** @param {string} action @param {string} words @param {string | null} barrier */
function button(action, words, barrier) {
  return element(
    "button",
    { type: "button", class: "small", "data-action": action, "aria-disabled": barrier ? "true" : null, title: barrier },
    words,
  );
}
