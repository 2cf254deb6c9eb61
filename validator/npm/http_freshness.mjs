// For how long an answer may be taken for the present one: what of RFC 9111 a reader of one document needs.

/**
 * What the headers of an answer say: after how many seconds it is to be asked for again (section 4.2), `undefined` if
 * they do not say, and whether it may be stored at all (section 5.2.2.5).
 */
export function freshness(headers) {
  const directives = cacheControl(headers.get("cache-control") ?? "");
  const mayBeStored = !directives.has("no-store");
  if (!mayBeStored || directives.has("no-cache")) return { lifetime: 0, mayBeStored };
  if (!directives.has("max-age")) return { lifetime: undefined, mayBeStored };
  // A value that cannot be read is one that has run out (section 4.2.1).
  const age = deltaSeconds(headers.get("age")) ?? 0;
  return { lifetime: Math.max(0, (deltaSeconds(directives.get("max-age")) ?? 0) - age), mayBeStored };
}

/** The directives by name. Of two with one name the first counts (section 4.2.1). */
function cacheControl(text) {
  const directives = new Map();
  for (const directive of text.split(",")) {
    const [name, value = ""] = directive.trim().split("=", 2);
    if (!directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), value.replace(/^"(.*)"$/, "$1"));
  }
  return directives;
}

/** Whole seconds (section 1.2.2). A number too large to count is a very long time. */
function deltaSeconds(text) {
  return /^\d+$/.test(text?.trim() ?? "") ? Math.min(Number(text), 2 ** 31) : undefined;
}
