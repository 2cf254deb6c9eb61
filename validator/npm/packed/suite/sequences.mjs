// The attacks on a reader of key sets, tests/vectors/sequence, which the crate and the worker run too.

import { equal, ok } from "./cases.mjs";

export function sequences(test, { keystile, material }) {
  const rows = material.sequences.filter(({ vector }) => vector.steps);
  test("there are attacks", () => ok(rows.length > 10, "more than ten attacks"));
  for (const { file, vector } of rows) {
    test(`${file}: ${vector.rule}`, () => {
      const reader = new Reader(keystile, vector);
      vector.steps.forEach((step, number) => equal(reader.take(step), step.expect, `step ${number}`));
    });
  }
}

/** A reader as a host writes it: what is refused changes nothing. */
class Reader {
  constructor(keystile, { issuer, policy }) {
    Object.assign(this, { keystile, issuer });
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
      if (!(error instanceof this.keystile.KeySetError)) throw error;
      return start ? { key_set_code: error.code } : { key_set_code: error.code, version: this.version };
    }
  }

  start({ roots, floor }) {
    Object.assign(this, { roots, floor: floor.version ?? 0, generationFloor: floor.generation ?? 0, validator: null, version: null });
    // Roots are read with the first document; nothing signed is needed to see that they cannot be used.
    try {
      this.keystile.KeySet.fromSigned("", roots, { issuer: this.issuer, now: 0 });
    } catch (error) {
      if (error.code === "root_keys_invalid") throw error;
    }
    return { version: null };
  }

  read(document) {
    const { issuer, now, floor, generationFloor, keystile } = this;
    const keySet = keystile.KeySet.fromSigned(document, this.roots, { issuer, now, floor, generationFloor });
    if (this.validator) this.validator.replaceKeySet(keySet);
    else this.validator = new keystile.Validator(keySet, this.policy);
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
