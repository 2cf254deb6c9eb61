// The server that every runtime asks: for the material of the suite, for pages, and for answers that a case has set.

import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

const TYPES = { ".html": "text/html", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

/** Serves `folder`, and under `/answers/` what was put there: { origin, material, close }. */
export async function serve(folder, vectors) {
  const material = { vectors: read(vectors), sequences: read(join(vectors, "sequence")) };
  const written = JSON.stringify(material);
  const answers = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    if (pathname === "/material.json") return void response.setHeader("content-type", TYPES[".json"]).end(written);
    if (pathname.startsWith("/answers/")) return answer(answers, request, response);
    const body = await readFile(join(folder, normalize(pathname))).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(pathname)] ?? "text/plain" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { material, origin: `http://127.0.0.1:${server.address().port}`, close };
}

/**
 * `PUT /answers/NAME` with { status, headers, body, delay } sets what `GET /answers/NAME` answers, and forgets what was
 * asked there before; `GET /answers/NAME/asked` lists the headers of the requests since.
 */
async function answer(answers, request, response) {
  const name = request.url.split("/")[2];
  if (request.method === "PUT") {
    answers.set(name, { ...JSON.parse(await text(request)), asked: [] });
    return void response.writeHead(204).end();
  }
  const set = answers.get(name);
  if (!set) return void response.writeHead(404).end();
  if (request.url.endsWith("/asked")) return void response.setHeader("content-type", TYPES[".json"]).end(JSON.stringify(set.asked));
  set.asked.push(request.headers);
  if (set.delay) await delay(set.delay);
  if (set.headers?.etag && request.headers["if-none-match"] === set.headers.etag) return void response.writeHead(304, set.headers).end();
  response.writeHead(set.status ?? 200, set.headers).end(set.body);
}

function read(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json")).sort();
  return files.map((file) => ({ file, vector: JSON.parse(readFileSync(join(folder, file), "utf8")) }));
}
