// @ts-check
// Making and updating elements. Text is always text: nothing in the console parses HTML.

import { noElement } from "./texts/frame.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node | string | number | null | undefined | false | Children} Child
 * @typedef {Child[]} Children content within content is laid out flat
 * @typedef {Record<string, string | number | boolean | null | undefined>} Attributes
 */

/** @param {string} tag @param {Attributes} [attributes] @param {...(Child | Child[])} children @returns {HTMLElement} */
export function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** @param {string} tag @param {Attributes} [attributes] @param {...(Child | Child[])} children */
export function drawing(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

/** The server's sentences mark names with backticks; here they become code. @param {string} words */
export function prose(words) {
  return words.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

/** The element of the document that carries this id. @param {string} id @returns {any} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(noElement(id));
  return found;
}

/**
 * Makes the content of `place` equal to `wanted`, touching only what differs, so that focus, selection and what a
 * screen reader is reading survive the updates that come every second.
 *
 * @param {Element} place @param {...(Child | Child[])} wanted
 */
export function show(place, ...wanted) {
  const fresh = furnish(document.createElement("div"), {}, wanted);
  matchChildren(place, fresh);
}

/** @template {Element} E @param {E} made @param {Attributes} attributes @param {(Child | Child[])[]} children */
function furnish(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, String(value));
  }
  for (const child of /** @type {Child[]} */ (children).flat(/** @type {1} */ (Infinity))) {
    if (child !== null && child !== undefined && child !== false) made.append(/** @type {any} */ (child));
  }
  return made;
}

/** @param {Node} shown @param {Node} wanted */
function match(shown, wanted) {
  if (shown.nodeType !== wanted.nodeType || shown.nodeName !== wanted.nodeName) {
    /** @type {ChildNode} */ (shown).replaceWith(wanted);
  } else if (shown instanceof Element && wanted instanceof Element) {
    matchAttributes(shown, wanted);
    matchChildren(shown, wanted);
  } else if (shown.nodeValue !== wanted.nodeValue) {
    shown.nodeValue = wanted.nodeValue;
  }
}

/** @param {Element} shown @param {Element} wanted */
function matchAttributes(shown, wanted) {
  for (const name of shown.getAttributeNames()) {
    // Whether details are open is the reader's affair.
    const isReaders = name === "open" && shown.nodeName === "DETAILS";
    if (!wanted.hasAttribute(name) && !isReaders) shown.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
}

/** @param {Node} shown @param {Node} wanted */
function matchChildren(shown, wanted) {
  const before = [...shown.childNodes];
  const after = [...wanted.childNodes];
  after.forEach((node, index) => {
    const twin = before[index];
    if (twin) match(twin, node);
    else shown.appendChild(node);
  });
  before.slice(after.length).forEach((node) => node.remove());
}
