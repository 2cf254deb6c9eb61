// A remote key set whose server answers what a test says, and whose clock stands where it says.

import { Validator } from "../dist/node.mjs";
import { remoteKeySet } from "../dist/remote.mjs";
import { publish } from "./publisher.mjs";
import { NOW, makeKey } from "./signing.mjs";

export const [first, second] = [makeKey("k1"), makeKey("k2")];
export const jwks = (...keys) => ({ keys: keys.map(({ jwk }) => jwk) });
export const policy = { issuer: "https://issuer.example", audience: "api" };

/** A publisher, the key set that follows it, a validator with it, and the clock of all. */
export async function follow(context, answer, options = {}) {
  const clock = { now: NOW };
  const now = () => clock.now;
  const publisher = await publish(context, answer);
  const keys = remoteKeySet(publisher.url, { now, background: false, ...options });
  context.after(() => keys.close());
  return { clock, publisher, keys, validator: new Validator(keys, { ...policy, leeway: 86_400, now }) };
}

export const codeOf = (verdict) => (verdict.ok ? "ok" : verdict.code);

/** Waits for a reading that is under way, and begins none. */
export const settle = async (keys) => {
  while (keys.state().isReading) await new Promise(setImmediate);
};
