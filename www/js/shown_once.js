// @ts-check
// A secret that the server has just made: shown this once, to be copied, and gone with the page.
import { element } from "./element.js";
import { copyButton } from "./key_name.js";

/** @typedef {{label: (name: string) => string, copyNow: string, what: (name: string) => string}} Words */

/** @param {Words} words @param {string} name whose it is @param {string} secret */
export const shownOnce = ({ label, copyNow, what }, name, secret) =>
  element("div", { class: "notice", "data-tone": "good", role: "status" },
    element("div", {}, element("p", {}, element("strong", {}, label(name)), copyNow),
      element("p", {}, element("code", { class: "break" }, secret), copyButton(what(name), secret))));
