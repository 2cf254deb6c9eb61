// @ts-check
// The list of pages.
import { element } from "./element.js";
import { addressOf } from "./router.js";
import { PAGES } from "./texts/shared.js";

/** @param {string} here the page that is shown */
export function navigation(here) {
  return element("ul", {}, Object.entries(PAGES).map(([page, name]) =>
    element("li", { class: page === "emergency" ? "apart" : null },
      element("a", { href: addressOf(page), "aria-current": isHere(page, here) ? "page" : null }, name))));
}

/** @param {string} page @param {string} here */
const isHere = (page, here) => page === here || (page === "keys" && here === "key");
