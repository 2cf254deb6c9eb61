// @ts-check
// The audit log: looking for entries, taking the log away, verifying it without believing the server, and keeping it.
import * as api from "./api.js";
import { verifyExport } from "./audit_verify.js";
import { element } from "./element.js";
import { time } from "./instant.js";
import { keepingPanel, onKeepingSubmit, reads as keeping, releaseHold } from "./keeping.js";
import { actionButton, atLength, empty, panel, part } from "./part.js";
import { table, written } from "./table.js";
import * as texts from "./texts/audit.js";
import { NONE, number } from "./texts/shared.js";

/** Entries that are read at once. */
const READ = 200;

/** What is looked for. */
let wanted = { words: "", action: "" };
/** Every entry that was read, by its number: entries never change. @type {Map<number, any>} */
const known = new Map();
/** Where the entries are that are older than those; null where there are none. @type {string | null | undefined} */
let older;
/** What the last verification found. @type {{tone: string, words: string, detail: string} | null} */
let verified = null;

export const reads = {
  ...keeping,
  entries: async () => {
    const { entries, next } = await api.audit(READ);
    if (older === undefined) older = next;
    return entries;
  },
};

export function leave() {
  wanted = { words: "", action: "" };
  verified = null;
  older = undefined;
  known.clear();
}

/** @param {import("./pages.js").View} view */
export function render(view) {
  const { read, now } = view;
  return [
    panel(texts.PROOF, {},
      element("p", {}, texts.INTRODUCTION),
      element("div", { class: "actions" },
        actionButton("verify", "primary", texts.VERIFY),
        actionButton("export", "", texts.EXPORT)),
      verified && element("div", { class: "notice", "data-tone": verified.tone, role: "status" },
        element("div", {}, element("strong", {}, verified.words), element("p", { class: "soft break" }, verified.detail)))),
    panel(texts.ENTRIES, {}, part(read.entries, (newest) => entries(all(newest), now))),
    keepingPanel(view),
  ];
}

/** Newest first. @param {any[]} newest */
function all(newest) {
  newest.forEach((entry) => known.set(entry.seq, entry));
  return [...known.values()].sort((a, b) => b.seq - a.seq);
}

/** @param {any[]} entries @param {number} now */
function entries(entries, now) {
  const actions = [...new Set(entries.map((entry) => entry.action))].sort();
  const found = entries.filter(isWanted);
  const caption = texts.caption(Boolean(wanted.words || wanted.action));
  return [
    element("form", { class: "take-back", role: "search" },
      element("label", {}, texts.SEARCH, element("input", { name: "words", type: "search", placeholder: texts.SEARCH_HINT, autocomplete: "off", spellcheck: "false" })),
      element("label", {}, texts.ACTION, element("select", { name: "action" }, element("option", { value: "" }, texts.ANY),
        actions.map((action) => element("option", { value: action }, action))))),
    element("p", { class: "soft", role: "status" }, texts.found(number(found.length), number(entries.length))),
    found.length === 0
      ? empty(texts.NO_ENTRY)
      : atLength(caption, found, (shown) => table(caption, texts.COLUMNS, shown.map((entry) => row(entry, now)))),
    older && element("p", {}, actionButton("older", "small", texts.OLDER)),
  ];
}

/** @param {any} entry */
function isWanted(entry) {
  const said = [entry.actor, entry.action, entry.subject, entry.issuer, entry.reason, entry.from, entry.request_id].filter(Boolean).join(" ").toLowerCase();
  return (wanted.action === "" || entry.action === wanted.action)
    && wanted.words.toLowerCase().split(/\s+/).every((word) => said.includes(word));
}

/** @param {any} entry @param {number} now */
function row(entry, now) {
  return [
    time(entry.at, now),
    element("div", {}, entry.actor, entry.from && element("span", { class: "soft" }, entry.from)),
    entry.action,
    element("code", { title: entry.subject }, entry.subject.length > 24 ? `${entry.subject.slice(0, 8)}…` : entry.subject),
    entry.reason ? written(entry.reason) : element("span", { class: "nothing" }, NONE),
    element("details", {}, element("summary", {}, texts.number(entry.seq)),
      element("pre", { tabindex: "0", "aria-label": texts.entry(entry.seq) }, JSON.stringify(entry, null, 2))),
  ];
}

/** @param {HTMLElement} field */
export function onChange(field) {
  if (field instanceof HTMLInputElement && field.name === "words") wanted.words = field.value.trim();
  if (field instanceof HTMLSelectElement && field.name === "action") wanted.action = field.value;
}

/** The search runs as one types. @param {HTMLFormElement} form @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export async function onSubmit(form, place, tell) {
  onKeepingSubmit(form, place, tell);
}

/** @param {string} action @param {DOMStringMap} button @param {import("./pages.js").Place} place @param {import("./pages.js").Tell} tell */
export function onAction(action, { text: id = "" }, place, tell) {
  if (action === "release-hold") return releaseHold(id, place, tell);
  if (action === "verify") return verify();
  if (action === "export") return download(tell);
  if (action === "older") return readOlder();
  return undefined;
}

async function verify() {
  try {
    const { entries, first, head, verifier, signed } = await verifyExport(await api.exportAudit());
    const since = first > 1 ? texts.HOLDS.since(number(first)) : "";
    verified = {
      tone: signed ? "good" : "warning",
      words: texts.HOLDS.words(number(entries + 1 - first)) + since + (signed ? "" : texts.HOLDS.unsigned),
      detail: texts.HOLDS.detail(head, verifier),
    };
  } catch (error) {
    if (error instanceof api.Refusal) throw error;
    verified = { tone: "danger", words: texts.DOES_NOT_HOLD, detail: /** @type {Error} */ (error).message };
  }
}

/** @param {import("./pages.js").Tell} tell */
async function download(tell) {
  const text = await api.exportAudit();
  const address = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
  element("a", { href: address, download: "keystile-audit.jsonl" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  tell(texts.EXPORTED);
}

async function readOlder() {
  if (!older) return;
  const { entries, next } = await api.further(older);
  older = next;
  all(entries);
}
