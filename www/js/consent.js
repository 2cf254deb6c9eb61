// @ts-check
// A question whose answer takes two people: the same one, but asking somebody else instead of doing it.
import * as api from "./api.js";
import { ask } from "./dialog.js";
import { ASK } from "./texts/approvals.js";

/**
 * Asks before a deed is done, or where it takes two people, before somebody else is asked.
 *
 * @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell @param {import("./dialog.js").Question} question
 * @param {(answers: Record<string, string>) => object} deed as `POST /v1/approvals` wants it
 * @param {(answers: Record<string, string>) => Promise<void>} action
 */
export function askOne({ view }, tell, question, deed, action) {
  if (!view.policy.approval_required) return ask(question, action);
  ask({ ...question, plan: [ASK.step, ...question.plan], go: ASK.go, danger: false }, async (answers) => {
    await api.askForApproval(deed(answers));
    tell(ASK.done);
  });
}
