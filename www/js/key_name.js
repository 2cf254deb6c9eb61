// @ts-check
// How a key is called, and where its page is.
import { element } from "./element.js";
import { keyAddress } from "./router.js";
import { COPY, copy } from "./texts/shared.js";

/** The first eight characters name a key well enough for a person. @param {string} kid */
export const short = (kid) => kid.slice(0, 8);

/** @param {string} kid */
export const keyLink = (kid) => element("a", { href: keyAddress(kid), class: "key-name" }, element("code", { title: kid }, short(kid)));

/** @param {string} what @param {string} text @param {string} [label] */
export function copyButton(what, text, label = COPY) {
  return element(
    "button",
    { type: "button", class: "quiet copy", "data-action": "copy", "data-text": text, "aria-label": copy(what) },
    label,
  );
}
