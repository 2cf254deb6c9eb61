// node main.mjs PLAN COUNT SEED: the packed package and jose judge the same COUNT tokens by the same options. A disagreement
// that the table does not explain fails.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { freshFolder } from "../fresh-folder.mjs";
import { cases, NOW } from "./cases.mjs";
import { jose, keystile } from "./judges.mjs";
import { mutations } from "./mutations.mjs";
import { Table } from "./table.mjs";

/** From so many tokens on, every row must have explained something. */
const EVERYTHING_IS_SEEN = 50_000;

/** So many unexplained disagreements are shown. */
const SHOWN = 10;

const [file, count, seed] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(file, "utf8"));
const fresh = await freshFolder(plan);
try {
  process.exitCode = await compare(Number(count), Number(seed));
} finally {
  fresh.remove();
}

async function compare(count, seed) {
  const load = async (path) => import(pathToFileURL(join(fresh.path, "node_modules", path)));
  const judges = [keystile(await load("@keystile/validator/node.mjs")), jose(await load("jose/dist/webapi/index.js"))];
  const table = new Table(Object.keys(mutations(NOW)));
  const seen = { accepted: 0, refused: 0, explained: 0, unexplained: 0 };
  let left = count;
  for (const drawn of cases(seed, plan.vectors)) {
    if (left-- === 0) break;
    const [ours, theirs] = [await judges[0](drawn), await judges[1](drawn)];
    const disagreement = between(ours, theirs);
    if (!disagreement) seen[ours.accepts ? "accepted" : "refused"] += 1;
    else if (table.explains(disagreement, drawn)) seen.explained += 1;
    else if ((seen.unexplained += 1) <= SHOWN) console.log(`✖ ${JSON.stringify({ ...disagreement, ...drawn }, null, 1)}`);
  }
  return say(count, seed, seen, table);
}

/** What accepts must find the same in the token; what refuses may have a reason of its own. */
function between(ours, theirs) {
  const said = (outcome) => (outcome.accepts ? "accepts" : outcome.refuses);
  if (ours.accepts !== theirs.accepts) return { keystile: said(ours), jose: said(theirs) };
  const content = ({ header, claims }) => JSON.stringify([header, claims]);
  return ours.accepts && content(ours) !== content(theirs) ? { keystile: content(ours), jose: content(theirs) } : undefined;
}

function say(count, seed, { accepted, refused, explained, unexplained }, { rows }) {
  console.log(`${count} tokens (seed ${seed}): ${accepted} accepted and ${refused} refused by both, ${explained} disagreements explained, ${unexplained} not`);
  for (const row of rows) console.log(`  ${String(row.count).padStart(6)}  ${row.keystile} | ${row.jose} (${row.right} right: ${row.source}), after ${row.after.join("; ")}`);
  const idle = count >= EVERYTHING_IS_SEEN ? rows.filter((row) => row.count === 0) : [];
  for (const row of idle) console.log(`✖ no token needed the row of \`${row.keystile}\` and \`${row.jose}\`; remove it`);
  console.log(`# pass ${count - unexplained}\n# fail ${unexplained + idle.length}`);
  return unexplained + idle.length ? 1 : 0;
}
