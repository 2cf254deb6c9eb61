// A door of the package beside jose: what both said, where they differ, and whether the table explains it.

import { NOW } from "./cases.mjs";
import { mutations } from "./mutations.mjs";
import { Table } from "./table.mjs";

/** From so many tokens on, every row must have explained something. */
const EVERYTHING_IS_SEEN = 50_000;

/** So many unexplained disagreements are shown. */
const SHOWN = 10;

export class Door {
  #name;
  #judge;
  #difference;
  #table;
  #accepted = 0;
  #refused = 0;
  #explained = 0;
  #unexplained = 0;

  constructor(name, judge, difference) {
    this.#name = name;
    this.#judge = judge;
    this.#difference = difference;
    this.#table = new Table(name, Object.keys(mutations(NOW)));
  }

  async compare(drawn, theirs) {
    const ours = await this.#judge(drawn);
    const disagreement = this.#difference(ours, theirs);
    if (!disagreement) this.#count(ours);
    else if (this.#table.explains(disagreement, drawn)) this.#explained += 1;
    else if ((this.#unexplained += 1) <= SHOWN) console.log(`✖ ${this.#name}: ${JSON.stringify({ ...disagreement, ...drawn }, null, 1)}`);
  }

  #count({ accepts }) {
    if (accepts) this.#accepted += 1;
    else this.#refused += 1;
  }

  say(count, seed) {
    console.log(`${this.#name}, ${count} tokens (seed ${seed}): ${this.#accepted} accepted and ${this.#refused} refused by both, ${this.#explained} disagreements explained, ${this.#unexplained} not`);
    for (const row of this.#table.rows) console.log(`  ${String(row.count).padStart(6)}  ${row.keystile} | ${row.jose} (${row.right} right: ${row.source}), after ${row.after.join("; ")}`);
  }

  failed(count) {
    const idle = count >= EVERYTHING_IS_SEEN ? this.#table.rows.filter((row) => row.count === 0) : [];
    for (const row of idle) console.log(`✖ ${this.#name}: no token needed the row of \`${row.keystile}\` and \`${row.jose}\`; remove it`);
    return this.#unexplained + idle.length;
  }
}

const said = ({ accepts, refuses }) => (accepts ? "accepts" : refuses);
const content = ({ header, claims }) => JSON.stringify([header, claims]);

/** What accepts must find the same in the token; what refuses may have a reason of its own. */
export function byVerdict(ours, theirs) {
  if (ours.accepts !== theirs.accepts) return { keystile: said(ours), jose: said(theirs) };
  return ours.accepts && content(ours) !== content(theirs) ? { keystile: content(ours), jose: content(theirs) } : undefined;
}

/** What refuses must do so with the same error, too. */
export function byError(ours, theirs) {
  return byVerdict(ours, theirs) ?? (said(ours) === said(theirs) ? undefined : { keystile: said(ours), jose: said(theirs) });
}
