const { bun, deno, node } = process.versions;

/** Which process this is. */
export const version = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
