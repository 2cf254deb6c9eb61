// What is behind every worker: an answer, and nothing else.

export default { fetch: () => new Response("ok") };
