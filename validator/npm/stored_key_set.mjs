// What a remote key set leaves with its `storage`, so that the next process begins with the last good set.

/** The text to be stored. */
export function toStored({ url, text, etag, readAt, lifetime, floor, generationFloor }) {
  return JSON.stringify({ url, text, etag, readAt, lifetime, floor, generationFloor });
}

/**
 * What was stored for `url`, if it can be used at `now`. Whoever writes the storage can write anything, so nothing is
 * taken for granted: a time in the future would be a set that never grows old.
 */
export function fromStored(stored, url, now) {
  if (typeof stored !== "string") return undefined;
  let record;
  try {
    record = JSON.parse(stored);
  } catch {
    return undefined;
  }
  const { text, etag, readAt, lifetime, floor, generationFloor } = record ?? {};
  const isInTime = (value) => Number.isFinite(value) && value >= 0 && value <= now;
  if (record?.url !== url || typeof text !== "string" || !isInTime(readAt) || !Number.isFinite(lifetime)) return undefined;
  return {
    text,
    etag: typeof etag === "string" ? etag : undefined,
    readAt,
    lifetime,
    // No version is beyond the second of its signing (docs/format.md section 2); one that is would shut out every set.
    floor: isInTime(floor) && Number.isSafeInteger(floor) ? floor : undefined,
    generationFloor: Number.isSafeInteger(generationFloor) && generationFloor >= 0 ? generationFloor : undefined,
  };
}
