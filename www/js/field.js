// @ts-check
// A field of a form, with its label around it.
import { element } from "./element.js";

/**
 * What it is called is the label alone: a hint beside it is read as what describes it, and not twice.
 *
 * @param {string} label @param {HTMLElement} control @param {{hint?: string, id?: string, hidden?: boolean}} [more] a hint has an id
 */
export function labelled(label, control, { hint = "", id = "", hidden = false } = {}) {
  if (hint) {
    control.setAttribute("aria-label", label);
    control.setAttribute("aria-describedby", id);
  }
  return element("label", { hidden }, label, control, hint ? element("span", { class: "soft", id }, hint) : null);
}
