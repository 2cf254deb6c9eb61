// A server on loopback that publishes what the test tells it to.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/** `answer(request, response)` answers, and can be replaced; `requests` holds what was asked. */
export async function publish(context, answer) {
  const publisher = { answer, requests: [] };
  const server = createServer((request, response) => {
    publisher.requests.push(request);
    publisher.answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  publisher.url = `http://127.0.0.1:${server.address().port}/keys`;
  return publisher;
}

/** An answer with this text and these headers, and its ETag. */
export function text(body, headers = {}) {
  const etag = `"${createHash("sha256").update(body).digest("hex")}"`;
  return (request, response) => {
    if (request.headers["if-none-match"] === etag) return response.writeHead(304, { etag, ...headers }).end();
    response.writeHead(200, { etag, ...headers }).end(body);
  };
}

export const json = (value, headers) => text(JSON.stringify(value), headers);
