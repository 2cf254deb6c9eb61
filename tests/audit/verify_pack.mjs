// Verifies an evidence pack against an export of the audit log, offline. It shares no code with the server.
//
//   node verify_pack.mjs EVIDENCE.json EXPORT [VERIFIER-KEY]

import { isDeepStrictEqual } from "node:util";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { verifyExport } from "./verify.mjs";

/** Of these the log has one a token, or one a day, and the pack a number, or nothing. */
const UNTOLD = ["token.minted", "key_set.signed_again"];
const STEPS = {
  published_at: ["key.published"],
  confirmed_at: ["key.confirmed"],
  activated_at: ["key.activated", "key.activated_unconfirmed"],
  retired_at: ["key.retired"],
  cancelled_at: ["rotation.cancelled"],
};

/** Returns how much of the log the pack tells, or throws with the first thing that is not so. */
export function verifyPack(pack, exported, key) {
  const { verification, period } = pack;
  if (pack.format !== 1) fail("an unknown format");
  if (key && key.trim() !== verification.verifier) fail("the pack names another key than the one that was kept");
  const { entries } = verifyExport(exported, key ?? verification.verifier, verification.checkpoint);
  if (!verification.ok) fail("the server itself found the log broken");
  const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
  const quoted = quotes(pack).map((quote) => agrees(quote, bySeq.get(quote.seq)));
  const told = new Set([...quoted, ...pack.issuers.flatMap(({ keys }) => keys.flatMap(({ signed }) => signed.map(({ entry }) => entry)))]);
  pack.issuers.forEach((issuer) => ofIssuer(issuer, bySeq));
  const within = entries.filter(({ at }) => secs(period.from) <= at && at < secs(period.to));
  const missing = within.find(({ seq, action }) => !UNTOLD.includes(action) && !told.has(seq));
  if (missing) fail(`entry ${missing.seq} (${missing.action}) is not told`);
  counts(pack, within);
  return { quoted: quoted.length, entries: within.length, of: entries.length };
}

/** Everything that quotes an entry by its number. */
function quotes(value) {
  if (value === null || typeof value !== "object") return [];
  const own = "seq" in value && "action" in value ? [value] : [];
  return [...own, ...Object.values(value).flatMap(quotes)];
}

/** What a quote says must be what the entry says, all of it. */
function agrees(quote, entry) {
  if (!entry) fail(`entry ${quote.seq} is quoted, and not in the export`);
  const { at, ...rest } = quote;
  if (secs(at) !== entry.at) fail(`entry ${quote.seq} was written at another time`);
  for (const [member, said] of Object.entries(rest)) {
    if (!isDeepStrictEqual(said ?? null, entry[member] ?? null)) fail(`entry ${quote.seq} says something else as its ${member}`);
  }
  return quote.seq;
}

/** What is computed from entries must follow from them. */
function ofIssuer({ rotations, emergencies, keys }, bySeq) {
  for (const it of rotations) {
    if (it.started.action !== "rotation.started" || it.new_kid !== it.started.subject) fail("a rotation is of another key");
    if (it.old_kid !== it.started.after.old_kid) fail("a rotation replaces another key");
    for (const [member, actions] of Object.entries(STEPS)) {
      const step = it.steps.find(({ action }) => actions.includes(action));
      if ((it[member] ?? null) !== (step?.at ?? null)) fail(`${member} of rotation ${it.started.seq} follows from no entry`);
    }
    const measured = it.published_at && it.confirmed_at ? secs(it.confirmed_at) - secs(it.published_at) : null;
    if (it.propagation_secs !== measured) fail(`the propagation of rotation ${it.started.seq} is another`);
  }
  for (const it of emergencies) {
    const { subject, after } = it.declared;
    if (it.revoked_kid !== subject || it.new_kid !== after.new_kid) fail("an emergency is of other keys");
    const measured = it.confirmed ? bySeq.get(it.confirmed.seq).after.seconds_to_last_region : null;
    if (it.seconds_to_last_region !== measured) fail(`emergency ${it.declared.seq} took another time`);
  }
  for (const { kid, signed } of keys) {
    for (const { entry: seq, from } of signed.filter(({ entry }) => entry !== null)) {
      const { subject, after, at } = bySeq.get(seq) ?? fail(`entry ${seq} is quoted, and not in the export`);
      if (secs(from) !== at || ![subject, after?.new_kid].includes(kid)) fail(`key ${kid} signs since another time`);
    }
  }
}

/** As many of each as the log has. */
function counts({ issuers, approvals, access, keeping }, within) {
  const inLog = (...actions) => within.filter(({ action }) => actions.includes(action)).length;
  const all = (member) => issuers.reduce((sum, issuer) => sum + issuer[member].length, 0);
  const expected = {
    rotations: [all("rotations"), inLog("rotation.started")],
    emergencies: [all("emergencies"), inLog("emergency.declared")],
    requests: [approvals.length, inLog("approval.asked", "approval.glass_broken")],
    reviews: [access.reviews.length, inLog("access.reviewed")],
    "tokens that were signed": [access.tokens_minted, inLog("token.minted")],
    "legal holds that were set": [keeping.acts.filter(({ action }) => action === "audit.hold_set").length, inLog("audit.hold_set")],
  };
  for (const [what, [told, found]] of Object.entries(expected)) {
    if (told !== found) fail(`the pack tells of ${told} ${what}, the log of ${found}`);
  }
}

const secs = (text) => Date.parse(text) / 1000;

function fail(what) {
  throw new Error(what);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [pack, file, key] = process.argv.slice(2);
  try {
    console.log(JSON.stringify(verifyPack(JSON.parse(readFileSync(pack, "utf8")), readFileSync(file, "utf8"), key)));
  } catch (error) {
    console.error(`${pack}: ${error.message}`);
    process.exit(1);
  }
}
