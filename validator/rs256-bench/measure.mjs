// Measures a build against node:crypto.verify, interleaved: node measure.mjs MODULE.wasm [ROUNDS] [BITS...]
// The ratio is the median of the ratios within a round, so it holds on a busy machine; the times do not.
import crypto from 'node:crypto';
import { load, names } from './engines.mjs';

const [path, rounds = '40', ...sizes] = process.argv.slice(2);
const { wasm, put, prepare, selected } = await load(path);
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const time = (count, job) => {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) job();
  return Number(process.hrtime.bigint() - start) / count / 1e3;
};

console.log(`selected: ${selected()}`);
for (const bits of (sizes.length ? sizes : ['2048', '3072', '4096']).map(Number)) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: bits });
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n, 'base64url');
  const message = crypto.randomBytes(600);
  const signature = crypto.sign('sha256', message, privateKey);
  const [m, s, r] = [put('message', message), put('signature', signature), put('result', message)];
  const jobs = [
    ['node', 150, () => crypto.verify('sha256', message, publicKey, signature)],
    ['sha256', 150, () => wasm.sha256(m, 600, r)],
  ];
  for (const name of names) {
    const key = prepare(name, modulus);
    if (key < 0) continue;
    const verify = () => wasm.verify(key, m, 600, s, modulus.length);
    if (!verify()) throw new Error(`${name} refuses a good signature`);
    jobs.push([name, name === 'scalar' ? 10 : 150, verify]);
    jobs.push([`${name} set-up`, 2, () => prepare(name, modulus)]);
  }
  const times = jobs.map(() => []);
  for (const [, count, job] of jobs) time(10 * count, job);
  for (let round = 0; round < Number(rounds); round++) jobs.forEach(([, count, job], i) => times[i].push(time(count, job)));
  jobs.forEach(([name], i) => {
    const ratio = median(times[i].map((t, round) => t / times[0][round]));
    const figures = [Math.min(...times[i]), median(times[i])].map((t) => t.toFixed(2).padStart(8));
    console.log(`${bits} ${name.padEnd(14)} min ${figures[0]}  median ${figures[1]} us  of node ${ratio.toFixed(3)}`);
  });
}
