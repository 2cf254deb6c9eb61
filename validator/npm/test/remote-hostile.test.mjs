// Servers that mean harm, or are broken, on real sockets. Whatever they do, it ends soon and takes little, is asked for once
// however many wait, leaves the last good set, and is told by `state()`.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { codeOf, first, follow, jwks, second } from "./following.mjs";
import { json, publish } from "./publisher.mjs";
import { NOW, makeToken } from "./signing.mjs";

const body = JSON.stringify(jwks(first));
const raw = (text) => (request) => void request.socket.write(text);
const status = (code, headers = {}) => (_, response) => void response.writeHead(code, headers).end();

/** Sends pieces for as long as anybody listens, and counts their bytes. */
function endless(start, piece, pause = setImmediate) {
  const answer = (request, { socket = request.socket }) => {
    socket.on("error", () => {});
    socket.write(start);
    const more = () => {
      if (socket.destroyed) return;
      answer.sent += piece.length;
      // Whoever does not read is not sent more, as any server has it.
      if (socket.write(piece)) pause(more);
      else socket.once("drain", more);
    };
    more();
  };
  answer.sent = 0;
  return answer;
}

const slowly = (more) => setTimeout(more, 5);
const zipped = (bytes, times = 1) => {
  let packed = Buffer.alloc(bytes, " ");
  for (let layer = 0; layer < times; layer += 1) packed = gzipSync(packed, { level: 1 });
  return (_, response) => void response.writeHead(200, { "content-encoding": Array(times).fill("gzip").join(", ") }).end(packed);
};
const reset = (request, response) => {
  response.writeHead(200, { "content-length": body.length });
  response.write(body.slice(0, 10), () => request.socket.resetAndDestroy());
};

const HOSTILE = {
  "headers that never end, byte by byte": ["fetch_timed_out", endless("HTTP/1.1 200 OK\r\nx: ", "y", slowly)],
  "a body that never ends, byte by byte": ["fetch_timed_out", endless("HTTP/1.1 200 OK\r\n\r\n", " ", slowly)],
  "early hints without end": ["fetch_timed_out", endless("", "HTTP/1.1 103 Early Hints\r\n\r\n", slowly)],
  "headers without end": ["fetch_failed", endless("HTTP/1.1 200 OK\r\n", `x: ${"y".repeat(1_000)}\r\n`)],
  "a body without end": ["fetch_too_large", endless("HTTP/1.1 200 OK\r\n\r\n", " ".repeat(65_536))],
  "chunks without end": ["fetch_too_large", endless("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", `8000\r\n${" ".repeat(32_768)}\r\n`)],
  "ten megabytes": ["fetch_too_large", (_, response) => response.end(Buffer.alloc(10_000_000, " "))],
  "a bomb of 64 MiB": ["fetch_too_large", zipped(64 << 20)],
  "a bomb in a bomb": ["fetch_too_large", zipped(64 << 20, 2)],
  "what says that it is packed and is not": ["fetch_failed", (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(body)],
  "a body that is shorter than it says": ["fetch_failed", (request, response) => response.writeHead(200, { "content-length": 10_000 }).write(body, () => request.socket.destroy())],
  "a connection that is reset": ["fetch_failed", reset],
  "no HTTP": ["fetch_failed", raw("SSH-2.0-OpenSSH_9.6\r\n")],
  "a page that asks to sign in": ["key_set_malformed", (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>")],
  "nothing": ["key_set_malformed", status(200)],
  "204": ["fetch_status", status(204)],
  "206": ["fetch_status", (_, response) => response.writeHead(206, { "content-range": "bytes 0-9/999" }).end(body.slice(0, 10))],
  "300": ["fetch_redirected", status(300, { location: "/keys" })],
  "a redirect to itself": ["fetch_redirected", status(302, { location: "/keys" })],
  "a redirect to another scheme": ["fetch_redirected", status(308, { location: "file:///etc/passwd" })],
  "a redirect to nowhere": ["fetch_redirected", status(301)],
  "400": ["fetch_status", status(400)],
  "429": ["fetch_status", status(429, { "retry-after": "99999999" })],
  "500 with a body without end": ["fetch_status", endless("HTTP/1.1 500 Oops\r\n\r\n", " ".repeat(65_536))],
  "503 with a good set": ["fetch_status", (_, response) => response.writeHead(503).end(body)],
};

describe("to whoever has a good set, a server may answer with", () => {
  for (const [what, [code, answer]] of Object.entries(HOSTILE)) {
    test(what, { timeout: 60_000 }, async (context) => {
      const { clock, publisher, keys, validator } = await follow(context, json(jwks(first), { "cache-control": "max-age=60" }), { timeout: code === "fetch_timed_out" ? 0.2 : 10 });
      await keys.ready();
      const keySet = keys.current();
      publisher.answer = answer;
      clock.now += 120;
      const verdicts = await Promise.all(Array.from({ length: 10 }, () => validator.checkAsync(makeToken(first))));
      assert.deepEqual([...new Set(verdicts.map(codeOf))], ["ok"]);
      assert.equal(publisher.requests.length, 2, "asked once by all");
      const { failures, lastError, isReading, nextRefresh, kids } = keys.state();
      assert.deepEqual({ failures, code: lastError.code, isReading, nextRefresh, kids }, { failures: 1, code, isReading: false, nextRefresh: NOW + 150, kids: ["k1"] });
      assert.equal(keys.current(), keySet);
      assert.ok(!(answer.sent > 8 << 20), `${answer.sent} bytes were taken`);
      while (answer.sent > 0 && !publisher.requests[1].socket.destroyed) await new Promise((resolve) => setTimeout(resolve, 5));

      publisher.answer = json(jwks(second));
      clock.now += 30;
      assert.equal(codeOf(await validator.checkAsync(makeToken(second))), "ok", "and is read again when it is well");
      assert.deepEqual([keys.state().failures, keys.state().lastError], [0, undefined]);
    });
  }
});

test("no redirect leads to another host", async (context) => {
  const victim = await publish(context, json(jwks(second)));
  for (const code of [301, 302, 303, 307, 308]) {
    const { keys } = await follow(context, status(code, { location: victim.url }));
    await assert.rejects(keys.ready(), { code: "fetch_redirected" });
  }
  assert.equal(victim.requests.length, 0);
});

test("not modified is no answer to whoever has nothing in hand", async (context) => {
  const { keys } = await follow(context, status(304, { etag: '"a"' }));
  await assert.rejects(keys.ready(), { code: "fetch_status", message: /304/ });
  assert.deepEqual([keys.state().failures, keys.state().kids], [1, []]);
});

test("another ETag of the same set is the one to ask with, and keeps the verdicts", async (context) => {
  let etag = '"a"';
  const { clock, publisher, keys, validator } = await follow(context, (_, response) => response.writeHead(200, { etag, "cache-control": "max-age=60" }).end(body));
  await keys.ready();
  const { claims } = validator.validate(makeToken(first));
  etag = 'W/"b"';
  await keys.refresh();
  await keys.refresh();
  assert.deepEqual(publisher.requests.map(({ headers }) => headers["if-none-match"]), [undefined, '"a"', 'W/"b"']);
  assert.equal(validator.validate(makeToken(first)).claims, claims);
  assert.equal(clock.now, NOW);
});

test("another set under the same ETag is taken", async (context) => {
  const { publisher, keys } = await follow(context, (_, response) => response.writeHead(200, { etag: '"a"' }).end(body));
  await keys.ready();
  publisher.answer = (_, response) => response.writeHead(200, { etag: '"a"' }).end(JSON.stringify(jwks(second)));
  await keys.refresh();
  assert.deepEqual(keys.state().kids, ["k2"]);
});

test("no header makes a set live shorter than the cooldown, or longer than `maxAge`", async (context) => {
  const [shortest, longest, unsaid] = [30, 86_400, 600];
  for (const [headers, seconds] of [
    [{ "cache-control": "max-age=-1" }, shortest],
    [{ "cache-control": "max-age=1e9" }, shortest],
    [{ "cache-control": "max-age" }, shortest],
    [{ "cache-control": "max-age=60.5" }, shortest],
    [{ "cache-control": "max-age=0x99" }, shortest],
    [{ "cache-control": "max-age=60", age: "99999999999999999999" }, shortest],
    [{ "cache-control": "max-age=60", age: "-60" }, 60],
    [{ "cache-control": "max-age=60", age: "soon" }, 60],
    [{ "cache-control": `max-age=${"9".repeat(5_000)}` }, longest],
    [{ "cache-control": ["max-age=60", "no-store"] }, shortest],
    [{ "cache-control": "=,;,\"max-age=5\",,=max-age" }, unsaid],
    [{ "cache-control": ",".repeat(10_000) }, unsaid],
    [{ expires: "Thu, 01 Jan 1970 00:00:00 GMT", pragma: "no-cache", date: "never" }, unsaid],
  ]) {
    const { keys } = await follow(context, (_, response) => response.writeHead(200, headers).end(body));
    await keys.ready();
    assert.equal(keys.state().nextRefresh, NOW + seconds, JSON.stringify(headers).slice(0, 80));
  }
});

test("what is no response of a fetch of one's own is said to be none", async (context) => {
  for (const answer of [undefined, {}, "text"]) {
    const { keys } = await follow(context, () => {}, { fetch: async () => answer });
    await assert.rejects(keys.ready(), { code: "fetch_failed", message: /no `Response`/ });
  }
});
