// Time is counted in seconds since 1970, and comes from whoever makes a validator or a remote key set.

export function systemClock() {
  return Math.floor(Date.now() / 1000);
}

// The last second of the year 9999. A clock that is past it counts milliseconds.
const LAST_SECOND = 253_402_300_799;

export function seconds(now) {
  if (typeof now === "number" && now >= 0 && now <= LAST_SECOND) return now;
  throw new TypeError(`\`now\` must be in seconds since 1970, such as \`Math.floor(Date.now() / 1000)\`; got \`${String(now)}\``);
}
