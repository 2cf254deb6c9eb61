// @ts-check
// One strip a key on a common scale: waiting, signing, still believed; what lies ahead is paler.
import { drawing, element } from "./element.js";
import { duration, tick } from "./instant.js";
import { short } from "./summary.js";

const WIDTH = 1000;
/** What lies ahead gets three quarters of the width at most: thirty days to come must not hide the last hour. */
const AHEAD = 3;

/** @typedef {{name: string, from: number, to: number}} Phase */

/** Nothing for a single key: a full bar would say nothing. @param {any[]} keys @param {number} now */
export function timeline(keys, now) {
  const lives = keys.map((key) => ({ key, phases: phases(key, now) })).filter((life) => life.phases.length > 0);
  if (lives.length < 2) return null;
  const all = lives.flatMap((life) => life.phases);
  const from = Math.min(...all.map((phase) => phase.from));
  const last = Math.max(now, ...all.map((phase) => phase.to));
  const to = Math.min(last, now + AHEAD * (now - from));
  const x = (/** @type {number} */ at) => Math.round(((Math.min(at, to) - from) / Math.max(1, to - from)) * WIDTH);
  return element(
    "figure",
    { class: "timeline", "aria-label": "Lives of the keys" },
    lives.flatMap(({ key, phases }) => [element("code", {}, short(key.kid)), strip(key, phases, now, x)]),
    element("div", { class: "scale" }, ends(from, now, to, last).map((words) => element("span", {}, words))),
  );
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

/** @param {any} key @param {Phase[]} phases @param {number} now @param {(at: number) => number} x */
function strip(key, phases, now, x) {
  const bar = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) =>
    drawing("rect", { class: name, x: x(from), y: 3, width: Math.max(2, x(to) - x(from)), height: 10, rx: 2 });
  return drawing(
    "svg",
    { viewBox: `0 0 ${WIDTH} 16`, preserveAspectRatio: "none", role: "img", "aria-label": inWords(key, phases) },
    drawing("rect", { class: "track", x: 0, y: 7, width: WIDTH, height: 2 }),
    phases.flatMap(({ name, from, to }) => [
      from < now && bar(name, from, Math.min(to, now)),
      to > now && bar(`${name} ahead`, Math.max(from, now), to),
    ]),
    drawing("rect", { class: "now", x: Math.min(x(now), WIDTH - 2), y: 0, width: 2, height: 16 }),
  );
}

/** @param {any} key @param {Phase[]} phases */
function inWords(key, phases) {
  const parts = phases.map((phase) => `${phase.name} for ${duration((phase.to - phase.from) / 1000)}`);
  return `Key ${short(key.kid)}: ${parts.join(", ")}`;
}

/** @param {number} from @param {number} now @param {number} to @param {number} last */
function ends(from, now, to, last) {
  const start = tick(from, to - from);
  if (to <= now) return [start, "now"];
  return [start, "the upright line is now", to < last ? `until ${tick(last, last - from)}` : tick(to, to - from)];
}
