// @ts-check
// Reading what a token says about itself. Nothing here decides whether it is to be believed.

/** @param {string} token @returns {{header: Record<string, any> | null, claims: Record<string, any> | null}} */
export function readable(token) {
  const [header, claims] = token.split(".").map(object);
  return { header: header ?? null, claims: claims ?? null };
}

/** @param {string} segment */
function object(segment) {
  try {
    const bytes = Uint8Array.from(atob(segment.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
