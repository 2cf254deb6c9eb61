// @ts-check
// One way to lay out a table. On a narrow screen a row becomes a card and each cell shows its column's name
// (`data-label`); the roles are spelled out because browsers drop them once a table is no longer laid out as one.
import { element } from "./element.js";

/** @typedef {import("./element.js").Child} Child */

/** @param {string} caption @param {string[]} columns @param {Child[][]} rows cells, the first of a row heads it */
export function table(caption, columns, rows) {
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      { role: "table" },
      element("caption", { class: "unseen" }, caption),
      element(
        "thead",
        { role: "rowgroup" },
        element("tr", { role: "row" }, columns.map((name) => head({ scope: "col", role: "columnheader" }, name))),
      ),
      element("tbody", { role: "rowgroup" }, rows.map((cells) => row(columns, cells))),
    ),
  );
}

/** @param {string[]} columns @param {Child[]} cells */
function row(columns, cells) {
  return element(
    "tr",
    { role: "row" },
    cells.map((cell, index) => {
      const content = element("div", {}, cell);
      const label = { "data-label": columns[index] };
      return index === 0
        ? head({ scope: "row", role: "rowheader", ...label }, content)
        : element("td", { role: "cell", ...label }, content);
    }),
  );
}

/** A cell with what somebody has written, which may be one long word. @param {...Child} words */
export const written = (...words) => element("div", { class: "written" }, words);

/** @param {Record<string, string>} attributes @param {Child} content */
function head(attributes, content) {
  return element("th", attributes, content);
}
