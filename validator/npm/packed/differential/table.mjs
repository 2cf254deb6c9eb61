// The table of disagreements, disagreements.json: each row says which two outcomes it explains, after which mutations, who is
// right, and by which section of which standard. The validator and the bridge have rows of their own: the validator's verdict
// is compared with jose's, and of the bridge, which promises jose's errors, the error too.

import { readFileSync } from "node:fs";

const RIGHT = ["keystile", "jose", "both"];

/** Stands for every outcome of jose's: where we refuse first, jose may see anything afterwards. */
const ANY = "*";

export class Table {
  rows;

  /** The rows of `door`. Throws where one is not whole, or names a mutation that does not exist. */
  constructor(door, mutations) {
    const all = JSON.parse(readFileSync(new URL("disagreements.json", import.meta.url), "utf8"));
    this.rows = all[door].map((row) => ({ ...row, count: 0 }));
    for (const { keystile, jose, after, right, source, reason } of this.rows) {
      const whole = [keystile, jose, source, reason].every((it) => typeof it === "string" && it) && RIGHT.includes(right) && after.length > 0;
      const stranger = after.find((name) => !mutations.includes(name));
      if (!whole || stranger) throw new Error(`the row of \`${keystile}\` and \`${jose}\` ${stranger ? `names \`${stranger}\`, which is no mutation` : "is not whole"}`);
    }
  }

  /** Whether a row explains it; the row counts it. */
  explains({ keystile, jose }, { mutations }) {
    const row = this.rows.find((row) => row.keystile === keystile && [jose, ANY].includes(row.jose) && row.after.some((name) => mutations.includes(name)));
    if (row) row.count += 1;
    return row !== undefined;
  }
}
