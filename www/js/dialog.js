// @ts-check
// Asks before anything changes, and says what will happen. The dialog closes only when the server has agreed.
import { Refusal } from "./api.js";
import { byId, element, prose, show } from "./element.js";
import { refusal } from "./part.js";
import { RACE } from "./texts.js";

/**
 * @typedef {{name: string, label: string, hint?: string, required?: boolean}} Field
 * @typedef {{title: string, plan: string[], fields: Field[], go: string, danger?: boolean}} Question
 */

/** @type {((answers: Record<string, string>) => Promise<void>) | null} */
let carryOut = null;

/** @param {Question} question @param {(answers: Record<string, string>) => Promise<void>} action */
export function ask(question, action) {
  carryOut = action;
  byId("dialog-title").textContent = question.title;
  show(byId("dialog-plan"), element("ol", {}, question.plan.map((step) => element("li", {}, step))));
  byId("dialog-fields").replaceChildren(...question.fields.map(field));
  byId("dialog-error").textContent = "";
  const go = byId("dialog-go");
  go.textContent = question.go;
  go.classList.toggle("danger", Boolean(question.danger));
  byId("dialog").showModal();
}

export function prepareDialog() {
  byId("dialog-form").addEventListener("submit", submit);
}

/** @param {Field} wanted */
function field({ name, label, hint, required }) {
  const hintId = hint ? `hint-${name}` : null;
  return element(
    "label",
    {},
    label,
    element("input", { name, required, autocomplete: "off", maxlength: 500, "aria-describedby": hintId }),
    hint ? element("span", { class: "soft", id: hintId }, hint) : null,
  );
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  const go = byId("dialog-go");
  if (!carryOut || go.disabled) return;
  const answers = Object.fromEntries(new FormData(byId("dialog-form")));
  go.disabled = true;
  byId("dialog-error").textContent = "";
  try {
    await carryOut(/** @type {Record<string, string>} */ (answers));
    byId("dialog").close();
  } catch (error) {
    show(byId("dialog-error"), prose(why(/** @type {Error} */ (error))));
  } finally {
    go.disabled = false;
  }
}

/** A conflict means that the state is another one than was shown when the question was asked. @param {Error} error */
function why(error) {
  return error instanceof Refusal && error.status === 409 ? `${RACE}${refusal(error)}` : refusal(error);
}
