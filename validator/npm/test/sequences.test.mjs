// The attacks on a reader of key sets, tests/vectors/sequence/*.json, which the crate and the worker run too.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { KeySet, KeySetError, Validator } from "../dist/node.mjs";

const folder = new URL("../../../tests/vectors/sequence/", import.meta.url);
const rows = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => [file, JSON.parse(readFileSync(new URL(file, folder), "utf8"))])
  .filter(([, row]) => row.steps);

test("there are attacks", () => assert.ok(rows.length > 10));

for (const [file, row] of rows) {
  test(`${file}: ${row.rule}`, () => {
    const reader = new Reader(row);
    row.steps.forEach((step, number) => assert.deepEqual(reader.take(step), step.expect, `step ${number}`));
  });
}

/** A reader as a host writes it: what is refused changes nothing. */
class Reader {
  constructor({ issuer, policy }) {
    this.issuer = issuer;
    this.policy = { issuer: policy.issuer, audience: policy.audience, leeway: policy.leeway, now: () => this.now };
  }

  take({ start, now, document, token }) {
    this.now = now;
    try {
      if (start) return this.start(start);
      if (token !== undefined) return this.judge(token);
      this.read(typeof document === "string" ? document : document.text.repeat(document.times));
      return { version: this.version };
    } catch (error) {
      if (!(error instanceof KeySetError)) throw error;
      return start ? { key_set_code: error.code } : { key_set_code: error.code, version: this.version };
    }
  }

  start({ roots, floor }) {
    Object.assign(this, { roots, floor: floor.version ?? 0, generationFloor: floor.generation ?? 0, validator: null, version: null });
    // Roots are read with the first document; nothing signed is needed to see that they cannot be used.
    try {
      KeySet.fromSigned("", roots, { issuer: this.issuer, now: 0 });
    } catch (error) {
      if (error.code === "root_keys_invalid") throw error;
    }
    return { version: null };
  }

  read(document) {
    const { issuer, now, floor, generationFloor } = this;
    const keySet = KeySet.fromSigned(document, this.roots, { issuer, now, floor, generationFloor });
    if (this.validator) this.validator.replaceKeySet(keySet);
    else this.validator = new Validator(keySet, this.policy);
    this.floor = Math.max(floor, keySet.version);
    this.generationFloor = Math.max(generationFloor, keySet.generation ?? 0);
    this.version = keySet.version;
  }

  judge(token) {
    if (!this.validator) return { ok: false, code: "key_set_unavailable" };
    const { ok, code, claim, reason } = this.validator.check(token);
    return ok ? { ok } : { ok, code, ...(claim && { claim }), ...(reason && { reason }) };
  }
}
