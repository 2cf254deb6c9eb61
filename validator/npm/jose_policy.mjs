// jose's options for claims, as a policy of the validator.

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_557_600 };
const NAMES = "s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|y|yrs?|years?";
const PERIOD = new RegExp(`^(?:\\+ ?(?!.* from now$))?(\\d+(?:\\.\\d+)?) ?(${NAMES})(?: from now)?$`, "i");

/** The largest token that the validator takes at all, since jose has no limit. */
const LIMITS = { tokenBytes: 65_536, headerBytes: 65_536 };

export function readPolicy({ issuer, audience, subject, typ, clockTolerance, maxTokenAge, currentDate = new Date(), requiredClaims = [] }) {
  const now = Math.floor(currentDate.getTime() / 1000);
  const policy = {
    issuer: expected("issuer", issuer),
    audience: expected("audience", audience),
    leeway: clockTolerance === undefined ? 0 : period("clockTolerance", clockTolerance),
    requiredClaims: presence({ issuer, subject, audience, maxTokenAge }, requiredClaims),
    typ,
    maxTokenAge: maxTokenAge === undefined ? undefined : period("maxTokenAge", maxTokenAge),
    limits: LIMITS,
  };
  return { policy, subject, now };
}

/** To the validator `null` says that a claim is not checked; to jose it is a value that no claim has. */
function expected(name, value) {
  if (value === null) throw new TypeError(`option \`${name}\` is \`null\`; leave it out if it is not to be checked`);
  return value ?? null;
}

/** What must be there, in the order in which jose misses it. */
function presence({ issuer, subject, audience, maxTokenAge }, requiredClaims) {
  const given = Object.entries({ iss: issuer, sub: subject, aud: audience, iat: maxTokenAge }).filter(([, value]) => value !== undefined);
  return [...new Set([...given.map(([name]) => name), ...[...requiredClaims].reverse()])];
}

/** A number of seconds, or text such as `5 minutes`. The validator counts whole ones; a fraction is dropped. */
function period(name, value) {
  const [, count, unit] = typeof value === "string" ? (PERIOD.exec(value) ?? []) : [];
  const seconds = unit ? Math.round(Number(count) * UNITS[unit[0].toLowerCase()]) : value;
  if (typeof seconds === "number" && seconds >= 0 && seconds < Infinity) return Math.floor(seconds);
  throw new TypeError(`option \`${name}\` must be a number of seconds or text such as \`5 minutes\``);
}
