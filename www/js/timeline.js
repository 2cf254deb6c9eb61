// @ts-check
// The lives of the keys on a common scale, one lane a key: waiting, signing, still believed; what lies ahead is paler.
import { drawing, element } from "./element.js";
import { duration, tick } from "./instant.js";
import { keyLink, short } from "./key_name.js";
import { empty } from "./part.js";
import { TIMELINE } from "./texts/keys.js";
import { LOCALE } from "./texts/shared.js";
import { NOW, ago, ahead } from "./texts/time.js";

const LANE = 36;
const BAR = { y: 11, height: 14 };
/** What lies ahead gets three quarters of the width at most: thirty days to come must not hide the last hour. */
const AHEAD = 3;
/** A key that was made a moment ago needs some width too. */
const SHORTEST_PAST = 60_000;
const LANES = 12;

/** @typedef {{name: string, from: number, to: number}} Phase */
/** @typedef {{name: string, words: string, at: number}} Mark */
/** @typedef {(at: number) => string} Scale */

/** @param {any[]} keys @param {number} now */
export function timeline(keys, now) {
  const all = keys.map((key) => ({ key, phases: phases(key, now) })).filter((life) => life.phases.length > 0);
  if (all.length === 0) return empty(TIMELINE.empty);
  const lives = all.sort((a, b) => b.phases[0].from - a.phases[0].from).slice(0, LANES);
  const ends = lives.flatMap(({ phases }) => phases);
  const from = Math.min(now - SHORTEST_PAST, ...ends.map((phase) => phase.from));
  const last = Math.max(now, ...ends.map((phase) => phase.to));
  const to = Math.min(last, now + AHEAD * (now - from));
  const x = (/** @type {number} */ at) => `${(Math.max(0, (Math.min(at, to) - from) / Math.max(1, to - from)) * 100).toFixed(2)}%`;
  return [
    element("div", { class: "timeline" },
      lives.flatMap(({ key, phases }) => [
        element("div", { class: "lane-name" }, keyLink(key.kid), element("span", { class: "badge", "data-state": key.state }, key.state)),
        lane(key, phases, now, x),
      ]),
      axis(from, to, now, last, x)),
    marksInWords(),
    all.length > LANES && element("p", { class: "soft" }, TIMELINE.newest(LANES, all.length)),
  ];
}

/** @param {any} key @param {number} now @returns {Phase[]} */
function phases(key, now) {
  const instant = (/** @type {string | undefined} */ at) => (at ? Date.parse(at) : undefined);
  const start = Date.parse(key.published_at ?? key.created_at);
  const activated = instant(key.activated_at);
  const superseded = instant(key.superseded_at);
  const gone = instant(key.retired_at) ?? instant(key.revoked_at);
  const found = [{ name: "pending", from: start, to: activated ?? gone ?? now }];
  if (activated) found.push({ name: "active", from: activated, to: superseded ?? gone ?? now });
  if (superseded) {
    found.push({ name: "retiring", from: superseded, to: gone ?? instant(key.safe_to_remove_at) ?? now });
  }
  return found.filter((phase) => phase.to > phase.from);
}

/** @param {any} key @param {number} now @returns {Mark[]} */
function marks(key, now) {
  const found = [
    { name: "activate", words: TIMELINE.activate, at: key.state === "pending" ? key.safe_to_activate_at : null },
    { name: "remove", words: TIMELINE.remove, at: key.state === "retiring" ? key.safe_to_remove_at : null },
    { name: "seen", words: TIMELINE.seen, at: key.last_seen_at_edge },
    { name: "gone", words: key.state, at: key.retired_at ?? key.revoked_at },
  ];
  return found.filter(({ at }) => at).map((mark) => ({ ...mark, at: Math.min(Date.parse(mark.at), mark.name === "seen" ? now : Infinity) }));
}

/** A mark beyond the end of the scale stands at its end. @param {any} key @param {Phase[]} phases @param {number} now @param {Scale} x */
function lane(key, phases, now, x) {
  const bar = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) =>
    drawing("rect", { class: name, x: x(from), ...BAR, width: `${Math.max(0.4, parseFloat(x(to)) - parseFloat(x(from)))}%`, rx: 3 });
  return drawing(
    "svg",
    { class: "lane", role: "img", "aria-label": inWords(key, phases, now), height: LANE, width: "100%" },
    drawing("line", { class: "track", x1: "0", x2: "100%", y1: LANE / 2, y2: LANE / 2 }),
    phases.flatMap(({ name, from, to }) => [
      from < now && bar(name, from, Math.min(to, now)),
      to > now && bar(`${name} ahead`, Math.max(from, now), to),
    ]),
    drawing("line", { class: "now", x1: x(now), x2: x(now), y1: 0, y2: LANE }),
    marks(key, now).map((mark) => drawing("svg", { x: x(mark.at), y: LANE / 2, overflow: "visible" }, sign(mark))),
  );
}

/** @param {Mark} mark */
function sign({ name, words, at }) {
  const shapes = /** @type {Record<string, string>} */ ({
    activate: "M-5 6 L0 -5 L5 6 Z",
    remove: "M0 -6 L6 0 L0 6 L-6 0 Z",
    gone: "M-4 -4 L4 4 M4 -4 L-4 4",
  });
  const title = at > 0 && drawing("title", {}, `${words}: ${new Date(at).toLocaleString(LOCALE)}`);
  return name === "seen"
    ? drawing("circle", { class: "mark seen", r: 3.5 }, title)
    : drawing("path", { class: `mark ${name}`, d: shapes[name] }, title);
}

/** @param {number} from @param {number} to @param {number} now @param {number} last @param {Scale} x */
function axis(from, to, now, last, x) {
  const share = (now - from) / (to - from);
  const text = (/** @type {string} */ at, /** @type {string} */ anchor, /** @type {string} */ words) =>
    drawing("text", { x: at, y: 14, "text-anchor": anchor }, words);
  const end = to < last ? TIMELINE.further(tick(last, last - from)) : tick(to, to - from);
  return drawing("svg", { class: "axis", height: 20, width: "100%", "aria-hidden": "true" },
    share > 0.18 && text("0", "start", tick(from, to - from)),
    text(x(now), share > 0.9 ? "end" : share < 0.1 ? "start" : "middle", NOW),
    share < 0.8 && text("100%", "end", end));
}

function marksInWords() {
  const key = (/** @type {string} */ name, /** @type {string} */ words) =>
    element("li", {}, drawing("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" }, sign({ name, words, at: 0 })), words);
  const state = (/** @type {string} */ name) => element("li", {}, element("span", { class: `swatch ${name}` }), name);
  return element("ul", { class: "legend" }, ["pending", "active", "retiring"].map(state), key("activate", TIMELINE.activate),
    key("remove", TIMELINE.remove), key("seen", TIMELINE.seen), key("gone", TIMELINE.gone));
}

/** @param {any} key @param {Phase[]} phases @param {number} now */
function inWords(key, phases, now) {
  const parts = phases.map((phase) => TIMELINE.phase(phase.name, duration((phase.to - phase.from) / 1000)));
  const points = marks(key, now).map(({ words, at }) =>
    `${words} ${at > now ? ahead(duration((at - now) / 1000)) : ago(duration((now - at) / 1000))}`);
  return TIMELINE.life(short(key.kid), key.state, [...parts, ...points]);
}
