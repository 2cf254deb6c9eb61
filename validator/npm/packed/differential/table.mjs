// The table of disagreements, disagreements.json: each row says which two outcomes it explains, after which mutations,
// who is right, and by which section of which standard.

import { readFileSync } from "node:fs";

const RIGHT = ["keystile", "jose", "both"];

export class Table {
  #rows = JSON.parse(readFileSync(new URL("disagreements.json", import.meta.url), "utf8")).map((row) => ({ ...row, count: 0 }));

  /** Throws where a row is not whole, or names a mutation that does not exist. */
  constructor(mutations) {
    for (const { keystile, jose, after, right, source, reason } of this.#rows) {
      const whole = [keystile, jose, source, reason].every((it) => typeof it === "string" && it) && RIGHT.includes(right) && after.length > 0;
      const stranger = after.find((name) => !mutations.includes(name));
      if (!whole || stranger) throw new Error(`the row of \`${keystile}\` and \`${jose}\` ${stranger ? `names \`${stranger}\`, which is no mutation` : "is not whole"}`);
    }
  }

  /** Whether a row explains it; the row counts it. */
  explains(disagreement, { mutations }) {
    const row = this.#rows.find(({ keystile, jose, after }) => keystile === disagreement.keystile && jose === disagreement.jose && after.some((name) => mutations.includes(name)));
    if (row) row.count += 1;
    return row !== undefined;
  }

  get rows() {
    return this.#rows;
  }
}
