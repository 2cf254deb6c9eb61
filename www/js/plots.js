// @ts-check
// Counts by the minute as bars that stand on one another. What a plot shows, a sentence and a table say too.
import { drawing, element } from "./element.js";
import { clock } from "./instant.js";
import { mostInAMinute, plotInWords } from "./texts/edge.js";
import { number } from "./texts/shared.js";
import { NOW } from "./texts/time.js";

/** Colours repeat after so many; the legend is in the same order. */
const COLOURS = 6;
const HEIGHT = 96;

/** @param {number[]} counts */
export const total = (counts) => counts.reduce((sum, count) => sum + count, 0);

/** Several series as one. @param {number[][]} series */
export const sums = ([first = [], ...rest]) => first.map((count, minute) => count + total(rest.map((counts) => counts[minute])));

/** What is good must not look like an alarm: its colours begin elsewhere. */
export const GOOD = 3;

/** @param {string} label @param {[string, number[]][]} series @param {string} from the first minute @param {number} [firstColour] */
export function stackedBars(label, series, from, firstColour = 0) {
  const heights = sums(series.map(([, counts]) => counts));
  const most = Math.max(1, ...heights);
  const peak = heights.indexOf(most);
  const at = (/** @type {number} */ minute) => clock(Date.parse(from) + minute * 60_000);
  const words = plotInWords(label, number(most), at(peak), series.map(([name, counts]) => `${name}: ${number(total(counts))}`));
  return element("figure", { class: "plot" },
    drawing("svg", { role: "img", "aria-label": words, height: HEIGHT, width: "100%" },
      drawing("line", { class: "base", x1: "0", x2: "100%", y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }),
      bars(series, heights, most, at, firstColour)),
    element("figcaption", { class: "scale" },
      element("span", {}, at(0)), element("span", {}, mostInAMinute(number(most))), element("span", {}, NOW)));
}

/** @param {[string, number[]][]} series @param {number[]} heights @param {number} most @param {(minute: number) => string} at @param {number} first */
function bars(series, heights, most, at, first) {
  return heights.flatMap((sum, minute) => {
    if (sum === 0) return [];
    let top = HEIGHT;
    const width = 100 / heights.length;
    return series.map(([name, counts], index) => {
      const height = (counts[minute] / most) * (HEIGHT - 4);
      top -= height;
      return height > 0 && drawing("rect",
        { class: colour(index + first), x: `${minute * width + width * 0.1}%`, width: `${width * 0.8}%`, y: top.toFixed(1), height: height.toFixed(1) },
        drawing("title", {}, `${at(minute)}: ${number(counts[minute])} ${name}`));
    });
  });
}

/** @param {[string, string][]} entries a series' name, and what there is to say about it @param {number} [firstColour] */
export function legend(entries, firstColour = 0) {
  return element("ul", { class: "legend" }, entries.map(([name, words], index) =>
    element("li", {}, element("span", { class: `swatch ${colour(index + firstColour)}` }), element("code", {}, name), ` ${words}`)));
}

/** @param {number} index */
const colour = (index) => `series-${index % COLOURS}`;
