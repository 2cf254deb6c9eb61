// A stand-in for the service behind the edge: it answers every request with what reached it.
// Usage: node echo.mjs <port>

import { createServer } from "node:http";

const port = Number(process.argv[2]);

createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url: path, headers } = request;
    const body = Buffer.concat(chunks).toString("utf8");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ method, path, headers, body }) + "\n");
  });
}).listen(port, "127.0.0.1");
