// @ts-check
// What a part of a page shows before, instead of, and around its content: reading, refused, empty, too long.
import * as api from "./api.js";
import { element, prose } from "./element.js";
import * as texts from "./texts/frame.js";
import { capital, number } from "./texts/shared.js";

/** @typedef {import("./element.js").Child} Child */

/** Rows that a list shows before somebody asks for all. */
const SHOWN = 12;
/** The captions of the lists of which somebody wants to see everything. @type {Set<string>} */
const opened = new Set();

/**
 * What `show` makes of what was read; until then, that it is being read; or why it was not.
 *
 * @template T @param {T | Error | undefined} read @param {(value: T) => Child | Child[]} show
 */
export function part(read, show) {
  if (read === undefined) return element("p", { class: "empty", "aria-busy": "true" }, texts.LOADING);
  if (read instanceof Error) return element("p", { class: "empty" }, prose(refusal(read)));
  return show(/** @type {T} */ (read));
}

/** @param {...Child} words */
export const empty = (...words) => element("p", { class: "empty" }, words);

/** @param {Error} error */
export function refusal(error) {
  if (!(error instanceof api.Refusal)) return error.message;
  const id = error.requestId && error.status >= 500 ? texts.request(error.requestId) : "";
  return capital(`${error.message}${id}.`);
}

/**
 * The beginning of a long list, and a button for the rest.
 *
 * @template T @param {string} caption @param {T[]} items @param {(shown: T[]) => Child} show
 */
export function atLength(caption, items, show) {
  if (items.length <= SHOWN || opened.has(caption)) return [show(items)];
  return [
    show(items.slice(0, SHOWN)),
    element("button", { type: "button", class: "small more", "data-action": "show-all", "data-text": caption },
      texts.showAll(number(items.length))),
  ];
}

/** @param {string} caption */
export const showAll = (caption) => opened.add(caption);

/** @param {string} title @param {Record<string, string | boolean | null>} attributes @param {...(Child | Child[])} children */
export function panel(title, attributes, ...children) {
  const id = `panel-${title.toLowerCase().replaceAll(" ", "-")}`;
  return element("section", { class: "panel", "aria-labelledby": id, ...attributes }, element("h2", { id }, title), ...children);
}

/** @param {string} action @param {string} style @param {string} words @param {string | null} [barrier] why it cannot be used now */
export function actionButton(action, style, words, barrier = null) {
  return element(
    "button",
    { type: "button", class: style, "data-action": action, "aria-disabled": barrier ? "true" : null, title: barrier },
    words,
  );
}
