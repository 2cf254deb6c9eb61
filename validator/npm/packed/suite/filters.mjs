// Filters of one revoked token, and their list, byte for byte as docs/format.md section 4.1 has them.

import { base64url } from "./signer.mjs";

const MASK = (1n << 64n) - 1n;

/**
 * A filter of the claim that has `revoked` as its value, and for which `unlucky` looks as if it had it too: what the key
 * set says of it, and the values that lie beside the set, by name.
 */
export async function filterOf(claim, revoked, unlucky) {
  const list = (await sha256(new TextEncoder().encode(revoked))).subarray(0, 16);
  const [key, other] = [keyOf(list), keyOf(await sha256(new TextEncoder().encode(unlucky)))];
  let seed = 0n;
  while (fingerprint(key, seed) !== fingerprint(other, seed)) seed += 1n;
  const filter = new DataView(new ArrayBuffer(32 + 32 + 3 * 2));
  [..."ksfuse16"].forEach((character, at) => filter.setUint8(at, character.charCodeAt(0)));
  // One entry, one list, the seed, segments of one, of which there are one and two.
  [[8, 1], [12, 1], [24, 1], [28, 1]].forEach(([at, number]) => filter.setUint32(at, number, true));
  filter.setBigUint64(16, seed, true);
  const value = new Uint8Array(filter.buffer);
  value.set(await sha256(list), 32);
  filter.setUint16(64, fingerprint(key, seed), true);
  const ref = `revoked/${revoked}`;
  return { named: { claim, ref, sha256: base64url(await sha256(value)), count: 1 }, values: { [ref]: value, [`${ref}/0`]: list } };
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function keyOf(digest) {
  return new DataView(digest.buffer, digest.byteOffset).getBigUint64(0, true);
}

function fingerprint(key, seed) {
  const hash = mix((key + seed) & MASK);
  return Number((hash ^ (hash >> 32n)) & 0xffffn);
}

/** The finalizer of MurmurHash3. */
function mix(number) {
  let mixed = number ^ (number >> 33n);
  mixed = (mixed * 0xff51afd7ed558ccdn) & MASK;
  mixed ^= mixed >> 33n;
  mixed = (mixed * 0xc4ceb9fe1a85ec53n) & MASK;
  return mixed ^ (mixed >> 33n);
}
