// Somebody who is told, with software that is not ours: webhooks are verified by npm's `standardwebhooks`, and mail is taken
// by npm's `smtp-server`. Both listen on loopback.
//
// Answers one line of JSON to each line of JSON:
//   {}                              { "http": port, "smtp": port }
//   { "secret": "whsec_…" }         from now on webhooks are verified with this secret
//   { "answer": 503, "times": 1 }   so many webhooks are answered so, and not taken
//   { "told": true }                { "webhooks": [ { id, ok, error, event } ], "mails": [ { from, to, tls, text } ] }

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

// `cargo xtask` installs the packages below the build folder and says so in NODE_PATH.
const require = createRequire(import.meta.url);
const { Webhook } = require("standardwebhooks");
const { SMTPServer } = require("smtp-server");

const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));
const told = { webhooks: [], mails: [] };
let verifier, refusal = { answer: 500, times: 0 };

const read = async (stream) => Buffer.concat(await Array.fromAsync(stream)).toString();

const http = createServer(async (request, response) => {
  const text = await read(request);
  const entry = { id: request.headers["webhook-id"], path: request.url };
  try {
    entry.event = verifier.verify(text, request.headers);
    entry.ok = true;
  } catch (error) {
    Object.assign(entry, { ok: false, error: String(error) });
  }
  entry.status = refusal.times-- > 0 ? refusal.answer : 204;
  told.webhooks.push(entry);
  response.writeHead(entry.status).end();
});

const smtp = new SMTPServer({
  key, cert,
  authOptional: true,
  onAuth: ({ username, password }, _, done) =>
    password === "right" ? done(null, { user: username }) : done(new Error("wrong password")),
  onData: async (stream, session, done) => {
    const text = await read(stream);
    const { mailFrom, rcptTo } = session.envelope;
    told.mails.push({ from: mailFrom.address, to: rcptTo.map((it) => it.address), tls: session.secure, user: session.user, text });
    done();
  },
});
// A client that hangs up is no end of the server.
smtp.on("error", () => {});

const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", done));
await listen(http);
await listen(smtp);
const ports = { http: http.address().port, smtp: smtp.server.address().port };

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (request.secret) verifier = new Webhook(request.secret);
  if (request.answer) refusal = request;
  process.stdout.write(`${JSON.stringify(request.told ? told : ports)}\n`);
}
process.exit(0);
