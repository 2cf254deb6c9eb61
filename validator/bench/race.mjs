// Rounds and medians. Everybody is measured in every round, in an order drawn anew, and two are compared by the median of
// their ratios within a round: what else the machine does meanwhile hits both. Time and chance come in as arguments.

/**
 * One lap of a contestant: microseconds an input, over `count` inputs, going round its list. The first few are not
 * timed, so that a process that slept while the others ran is awake.
 */
export async function lap(contestant, count, clock) {
  await run(contestant, Math.min(count, AWAKE));
  const start = clock();
  await run(contestant, count);
  return (clock() - start) / count;
}

const AWAKE = 8;

/** The list is gone round across laps, so that a lap does not begin with what the last one began with. */
export async function run(contestant, count) {
  const { inputs, job } = contestant;
  let at = contestant.at ?? 0;
  for (let i = 0; i < count; i += 1) {
    const result = job(inputs[at]);
    // Awaiting a plain value would cost those who answer at once a turn of the event loop.
    if (result instanceof Promise) await result;
    at = at + 1 === inputs.length ? 0 : at + 1;
  }
  contestant.at = at;
}

/**
 * Races `runners`, each { name, lap(count) } with microseconds an input for an answer. `pace` says how long a lap is to
 * last, in microseconds, how many inputs the first one has, and how many rounds there are, of which those of the warm-up
 * do not count.
 */
export async function race(runners, { rounds, warmUp, lapTime, firstCount }, random) {
  const counts = new Map(runners.map(({ name }) => [name, firstCount]));
  const laps = new Map(runners.map(({ name }) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const runner of shuffled(runners, random)) {
      const time = await runner.lap(counts.get(runner.name));
      if (round < 0) counts.set(runner.name, Math.min(1024, Math.max(2, Math.round(lapTime / Math.max(time, 0.1)))));
      else laps.get(runner.name).push(time);
    }
  }
  return runners.map(({ name }) => standing(name, laps));
}

/** A contestant's median, and its ratio to each of the others. */
export function standing(name, laps) {
  const mine = laps.get(name);
  const others = [...laps].filter(([other]) => other !== name);
  const against = others.map(([other, theirs]) => [other, rounded(median(mine.map((time, round) => time / theirs[round])))]);
  return { name, us: rounded(median(mine)), against: Object.fromEntries(against) };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const rounded = (value) => Number(value.toPrecision(4));

function shuffled(values, random) {
  const drawn = values.map((value) => [random(), value]);
  return drawn.sort(([a], [b]) => a - b).map(([, value]) => value);
}
