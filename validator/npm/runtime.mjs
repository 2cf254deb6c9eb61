// Cloudflare Workers differ: the promise of one request cannot be awaited in another, no timer lives on between them, and
// there is no cache of the browser's kind, which older ones refuse to be told to pass by.

export const isWorkerd = globalThis.navigator?.userAgent === "Cloudflare-Workers";
