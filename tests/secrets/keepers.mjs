// Whoever keeps the key that wraps a master key: OpenBao, AWS KMS as moto has it, and a line on which they are reached.

import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";

import { start, until } from "./server.mjs";

const PYTHON = process.env.KEYSTILE_TEST_PYTHON;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A line that is cut, held, or answered by somebody who never ends. */
class Wire {
  mode = "open";

  constructor(to) {
    this.to = to;
    this.server = createServer((socket) => this.#serve(socket));
    this.server.unref();
  }

  async listen() {
    this.server.listen(0, "127.0.0.1");
    await new Promise((resolve) => this.server.once("listening", resolve));
    this.port = this.server.address().port;
    return this;
  }

  #serve(socket) {
    socket.on("error", () => {});
    if (this.mode === "cut") return socket.destroy();
    if (this.mode === "held") return socket.resume();
    if (this.mode === "endless") return socket.once("data", () => this.#pour(socket));
    const far = connect(this.to, "127.0.0.1");
    far.on("error", () => socket.destroy());
    socket.pipe(far).pipe(socket);
    return undefined;
  }

  #pour(socket) {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", pour);
    pour();
  }
}

const ROOT = "root-token";

/** A real OpenBao in memory, with a transit key that a token of its own may use. */
export class OpenBao {
  static TOKEN = "a-token-for-the-master-key";
  static HAND_OFF_TOKEN = "a-token-for-the-hand-off";

  static async start() {
    const bao = new OpenBao();
    bao.port = await freePort();
    const words = ["server", "-dev", "-dev-no-store-token", `-dev-root-token-id=${ROOT}`];
    const child = start(join(PYTHON, "bao"), [...words, `-dev-listen-address=127.0.0.1:${bao.port}`], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    child.stdout.on("data", (data) => (said += data));
    bao.unsealKey = await until("OpenBao to start", () => /Unseal Key: (\S+)/.exec(said)?.[1]);
    await until("OpenBao to answer", () => bao.ask("GET", "sys/mounts").then(() => true, () => false));
    await bao.ask("POST", "sys/mounts/transit", { type: "transit" });
    for (const name of ["keystile", "another"]) await bao.ask("POST", `transit/keys/${name}`, {});
    await bao.allow(["encrypt", "decrypt"]);
    await bao.ask("POST", "auth/token/create", { id: OpenBao.TOKEN, policies: ["master-key"] });
    const paths = ["secret/data/apps/backend", "secret/destroy/apps/backend"];
    const rules = paths.map((path) => `path "${path}" { capabilities = ["create", "read", "update"] }`);
    await bao.ask("POST", "sys/policies/acl/hand-off", { policy: rules.join("\n") });
    await bao.ask("POST", "auth/token/create", { id: OpenBao.HAND_OFF_TOKEN, policies: ["hand-off"] });
    bao.wire = await new Wire(bao.port).listen();
    return bao;
  }

  key(name = "keystile") {
    return `http://127.0.0.1:${this.wire.port}/v1/transit/keys/${name}`;
  }

  /** What the token may do, as docs/backup.md says. */
  allow(deeds) {
    const rule = (deed) => `path "transit/${deed}/+" { capabilities = ["update"] }`;
    return this.ask("POST", "sys/policies/acl/master-key", { policy: deeds.map(rule).join("\n") || "# nothing" });
  }

  async ask(method, path, body) {
    const options = { method, headers: { "x-vault-token": ROOT }, body: body && JSON.stringify(body) };
    const answer = await fetch(`http://127.0.0.1:${this.port}/v1/${path}`, options);
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

/**
 * AWS KMS as moto has it. It is not AWS in this: it takes any signature, and goes on opening with a key that is disabled or
 * about to be deleted (see `RefusingKms`).
 */
export class Kms {
  static ACCESS_KEY = JSON.stringify({ AccessKeyId: "AKIAKEYSTILE", SecretAccessKey: "a-secret-access-key" });

  static async start() {
    const kms = new Kms();
    kms.port = await freePort();
    start(join(PYTHON, "moto_server"), ["-H", "127.0.0.1", "-p", String(kms.port)], { stdio: "ignore" });
    await until("moto to answer", () => kms.ask("ListKeys", {}).then(() => true, () => false));
    return kms;
  }

  get endpoint() {
    return `http://127.0.0.1:${this.port}/`;
  }

  async newKey() {
    return (await this.ask("CreateKey", {})).KeyMetadata.Arn;
  }

  async ask(action, body) {
    const scope = "Credential=x/20260101/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=x";
    const headers = {
      authorization: `AWS4-HMAC-SHA256 ${scope}`,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `TrentService.${action}`,
    };
    const answer = await fetch(this.endpoint, { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${action}: ${answer.status}`);
    return answer.json();
  }
}

/** A stand-in for KMS where moto does not refuse as AWS does: it answers what it is told to, and remembers what it was asked. */
export class RefusingKms {
  constructor() {
    this.asked = [];
    this.server = createHttpServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      this.asked.push({ headers: request.headers, body: JSON.parse(body) });
      response.writeHead(this.answer.status ?? 400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(this.answer.body));
    });
    this.server.unref();
  }

  async listen() {
    this.server.listen(0, "127.0.0.1");
    await new Promise((resolve) => this.server.once("listening", resolve));
    this.endpoint = `http://127.0.0.1:${this.server.address().port}/`;
    return this;
  }
}
