// Rounds, in which everybody has a lap, and what comes out of them.

/** The middle of some numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Everybody in turn, each round beginning with another. */
export async function runRounds(laps, run, { rounds, warmUp }) {
  const times = new Map(laps.map(({ name }) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (let turn = 0; turn < laps.length; turn += 1) {
      const lap = laps[(turn + round + warmUp) % laps.length];
      const took = await run(lap);
      if (round >= 0) times.get(lap.name).push(took);
    }
  }
  return times;
}

/** The median of each, and of what it adds to the one that it stands beside. */
export function rowsOf(laps, times) {
  return laps.map(({ name, beside }) => {
    const mine = times.get(name);
    if (beside === undefined) return { name, us: median(mine) };
    const added = mine.map((took, round) => took - times.get(beside)[round]);
    return { name, us: median(mine), beside, added_us: median(added) };
  });
}
