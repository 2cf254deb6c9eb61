// @ts-check
// A rotation under way: its steps, what it waits for now, and the way back while there is one.
import { element } from "./element.js";
import { moment } from "./instant.js";
import { short } from "./key_name.js";
import { actionButton } from "./part.js";
import { ROTATION } from "./texts/keys.js";

const STEPS = ROTATION.steps;

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
    element("p", { class: "soft" }, ROTATION.from(short(rotation.old_kid ?? ROTATION.none), short(rotation.new_kid)),
      pace(rotation, now)),
  ];
}

/** A rotation that is held up does everything but activate. @param {any} rotation @param {number} current */
function meaning(rotation, current) {
  const held = rotation.paused_at && rotation.stage === "activating";
  return held ? ROTATION.held : STEPS[current][2];
}

/** @param {any} rotation @param {number} now */
function pace(rotation, now) {
  if (rotation.paused_at) return ROTATION.paused(moment(rotation.paused_at, now));
  return (rotation.scheduled ? ROTATION.scheduled : "") + ROTATION.byItself;
}

/** @param {string} name @param {number} index @param {number} current */
function step(name, index, current) {
  const state = index < current ? ROTATION.done : index === current ? ROTATION.underWay : ROTATION.toCome;
  return element(
    "li",
    { "data-done": index < current, "aria-current": index === current ? "step" : null },
    name,
    element("span", { class: "unseen" }, state),
  );
}

/** @param {any} rotation @param {any[]} keys @param {any} edge @param {number} now */
function waiting(rotation, keys, edge, now) {
  const newer = keys.find((key) => key.kid === rotation.new_kid);
  const older = keys.find((key) => key.kid === rotation.old_kid);
  if (rotation.stage === "confirming") {
    const whom = edge.waiting_for.length > 0 ? ROTATION.missing(edge.waiting_for) : "";
    return [whom, newer?.safe_to_activate_at && ROTATION.safeAt(moment(newer.safe_to_activate_at, now))]
      .filter(Boolean).join(" ");
  }
  if (rotation.stage === "activating" && !rotation.paused_at && newer?.safe_to_activate?.ok === false) {
    return newer.safe_to_activate_at ? ROTATION.everyEdgeAt(moment(newer.safe_to_activate_at, now)) : "";
  }
  if (rotation.stage === "retiring" && older?.safe_to_remove_at) {
    return ROTATION.leavesAt(moment(older.safe_to_remove_at, now));
  }
  return "";
}

/** @param {any} rotation @param {string | null} barrier */
function holdButton(rotation, barrier) {
  return rotation.paused_at ? actionButton("resume-rotation", "small", ROTATION.resume, barrier) : actionButton("pause-rotation", "small", ROTATION.pause, barrier);
}

/** @param {string | null} barrier */
const cancelButton = (barrier) => actionButton("cancel-rotation", "small", ROTATION.cancel, barrier);
