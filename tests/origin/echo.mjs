// A stand-in for the service behind the edge: it answers every request with what reached it.
// Usage: node echo.mjs <port>

import { createServer } from "node:http";

const port = Number(process.argv[2]);

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url: path, headers } = request;
    const body = Buffer.concat(chunks).toString("utf8");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ method, path, headers, body }) + "\n");
  });
});

// Whoever wants to go on in another protocol hears every octet again.
server.on("upgrade", (request, socket, head) => {
  if (request.headers.upgrade !== "websocket") return socket.destroy();
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  socket.write(head);
  socket.pipe(socket);
});

server.listen(port, "127.0.0.1");
