// Compares every engine of a build with BigInt arithmetic:
//   node differential.mjs MODULE.wasm COUNT [SEED [ENGINE]]
// COUNT is the number of moduli for each size; every modulus meets 12 numbers, whose power is to be what BigInt says, and
// nothing that differs from it in a bit; and s = n is refused. With ENGINE, that one alone is
// compared, and it has to be the one that the self-tests select. Exits with 1 on a disagreement.
import crypto from 'node:crypto';
import { load, names } from './engines.mjs';

const [path, count = '20', seed = '1', only] = process.argv.slice(2);
const compared = only ? [only] : names;
const { yields, selected } = await load(path);

// SHA-256 in counter mode: the same bytes for the same seed everywhere.
let counter = 0;
const bytes = (length) => {
  const blocks = [];
  for (let have = 0; have < length; have += 32) blocks.push(crypto.createHash('sha256').update(`${seed}/${counter++}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
};
const integer = (buffer) => BigInt(`0x${buffer.toString('hex')}`);
const buffer = (value, length) => Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
const random = (bits) => integer(bytes(Math.ceil(bits / 8))) & ((1n << BigInt(bits)) - 1n);

// Digits all ones, all zeros, just below and above a half, long runs, and single bits, at the radices in use.
const patterns = [
  (bits) => random(bits),
  (bits) => (1n << BigInt(bits)) - 1n,
  () => 1n,
  (bits) => (1n << BigInt(bits)) - (1n << (random(16) % BigInt(bits - 1))) - 1n,
  (bits) => (1n << (random(16) % BigInt(bits - 1))) + 1n,
  (bits) => ((1n << (random(16) % BigInt(bits))) - 1n) << (random(16) % 256n),
  (bits) => repeat(bits, 49, (1n << 48n) - 1n),
  (bits) => repeat(bits, 49, 1n << 48n),
  (bits) => repeat(bits, 49, (1n << 49n) - 1n) ^ repeat(bits, 98, 1n),
  (bits) => repeat(bits, 23, (1n << 22n) - 1n),
  (bits) => repeat(bits, 23, 1n << 22n),
  (bits) => repeat(bits, 23, [(1n << 22n) - 1n, 1n << 22n][Number(random(8) & 1n)]) ^ (random(64) << (random(16) % BigInt(bits - 64))),
  (bits) => repeat(bits, 49, [(1n << 48n) - 1n, 1n << 48n][Number(random(8) & 1n)]) ^ (random(64) << (random(16) % BigInt(bits - 64))),
  (bits) => repeat(bits, 32, random(32)),
  // Limbs all ones and all zeros: in turns, and with one limb that stops or starts a run of carries.
  (bits) => repeat(bits, 64, (1n << 32n) - 1n),
  (bits) => repeat(bits, 64, ((1n << 32n) - 1n) << 32n),
  (bits) => ((1n << BigInt(bits)) - 1n) ^ (((1n << 32n) - 1n) << (32n * (random(16) % BigInt(bits >> 5)))),
  (bits) => ((1n << 32n) - 1n) << (32n * (random(16) % BigInt(bits >> 5))),
];
function repeat(bits, width, digit) {
  let sum = 0n;
  for (let i = 0; i < bits; i += width) sum |= digit << BigInt(i);
  return sum & ((1n << BigInt(bits)) - 1n);
}
const pattern = (bits, i) => patterns[i % patterns.length](bits) & ((1n << BigInt(bits)) - 1n);

function power(base, modulus) {
  let result = base;
  for (let i = 0; i < 16; i++) result = (result * result) % modulus;
  return (result * base) % modulus;
}

const tally = Object.fromEntries(names.map((name) => [name, { powers: 0, disagreements: 0, absent: 0 }]));
const judge = (bits, count, engines) => {
  const length = Math.ceil(bits / 8);
  for (let i = 0; i < count; i++) {
    const n = pattern(bits, i) | 1n | (1n << BigInt(bits - 1));
    const fixed = [0n, 1n, 2n, n - 1n, n - 2n, n >> 1n, (n >> 1n) + 1n];
    const numbers = [...fixed, ...[0, 1, 2, 3, 4].map((j) => pattern(bits, 5 * i + j) % n)];
    const expected = numbers.map((number) => power(number, n));
    for (const name of engines) {
      const asked = (number, power) => yields(name, buffer(n, length), buffer(number, length), buffer(power, length));
      if (asked(0n, 0n) === undefined) { tally[name].absent++; continue; }
      // The scalar engine is slow: every fifth modulus is enough for it beside the others, and meets every pattern.
      if (name === 'scalar' && engines.length > 1 && i % 5) continue;
      numbers.forEach((number, j) => {
        tally[name].powers++;
        const other = expected[j] ^ (1n << (random(16) % BigInt(bits)));
        if (asked(number, expected[j]) && !asked(number, other)) return;
        tally[name].disagreements++;
        console.error(`${name} ${bits}: n=${n.toString(16)} s=${number.toString(16)}`);
      });
      if (asked(n, 0n)) throw new Error(`${name} takes s = n`);
    }
  }
};
for (const bits of [2048, 3072, 4096]) judge(bits, Number(count), compared);
// Sizes that only the scalar engine serves: every pattern once.
for (const bits of [2049, 2055, 3071, 4103, 5120, 8191, 8192]) {
  judge(bits, Math.min(Number(count), patterns.length), compared.filter((name) => name === 'scalar'));
}
console.log(`selected: ${selected()}`);
for (const name of compared) console.log(name.padEnd(8), JSON.stringify(tally[name]));
if (only && selected() !== only) throw new Error(`the self-tests select ${selected()}`);
process.exitCode = compared.some((name) => tally[name].disagreements > 0) ? 1 : 0;
