// @ts-check
// Asks before anything changes, and says what will happen. The dialog closes only when the server has agreed.
import { Refusal } from "./api.js";
import { byId, element, prose, show } from "./element.js";
import { labelled } from "./field.js";
import { refusal } from "./part.js";
import { RACE, confirmLabel, confirmWrong } from "./texts/frame.js";

/**
 * @typedef {{name: string, label: string, hint?: string, required?: boolean}} Field
 * @typedef {{of: string, chars?: number, hint: string}} Confirmation the start of what has to be typed, so that it was read
 * @typedef {{title: string, plan: string[], fields: Field[], go: string, danger?: boolean, confirm?: Confirmation}} Question
 */

/** As much of a kid as somebody has to type; the server wants as much in an emergency. */
const CONFIRMED_CHARS = 8;

/** @type {((answers: Record<string, string>) => Promise<void>) | null} */
let carryOut = null;

/** @param {Question} question @param {(answers: Record<string, string>) => Promise<void>} action */
export function ask(question, action) {
  const { confirm } = question;
  carryOut = async (answers) => {
    if (confirm) check(confirm, answers.confirm);
    await action(answers);
  };
  byId("dialog-title").textContent = question.title;
  show(byId("dialog-plan"), element("ol", {}, question.plan.map((step) => element("li", {}, step))));
  byId("dialog-fields").replaceChildren(...question.fields.map(field), ...(confirm ? [confirmation(confirm)] : []));
  byId("dialog-error").textContent = "";
  const go = byId("dialog-go");
  go.textContent = question.go;
  go.classList.toggle("danger", Boolean(question.danger));
  byId("dialog").showModal();
}

/** @param {Confirmation} confirm */
const word = ({ of, chars = CONFIRMED_CHARS }) => of.slice(0, chars);

/** @param {Confirmation} confirm */
const confirmation = (confirm) => field({ name: "confirm", label: confirmLabel(word(confirm)), hint: confirm.hint, required: true });

/** More of it is as good as its start. @param {Confirmation} confirm @param {string} typed */
function check(confirm, typed) {
  if (!typed.startsWith(word(confirm)) || !confirm.of.startsWith(typed)) throw new Error(confirmWrong(word(confirm)));
}

export function prepareDialog() {
  byId("dialog-form").addEventListener("submit", submit);
}

/** @param {Field} wanted */
function field({ name, label, hint, required }) {
  return labelled(label, element("input", { name, required, autocomplete: "off", maxlength: 500 }), { hint, id: `hint-${name}` });
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
  return error instanceof Refusal && [409, 412].includes(error.status) ? `${RACE}${refusal(error)}` : refusal(error);
}
