// The real server and the command line in a folder of their own.

import { execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const KEYSTILE = process.env.KEYSTILE_TEST_KEYSTILE;
const running = new Set();
const folders = [];

/** Ends what runs, and removes what was made. */
export function cleanUp() {
  running.forEach((child) => child.kill("SIGKILL"));
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
}

/** Starts a program that is killed at the end. */
export function start(program, words, options) {
  const child = spawn(program, words, options);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

export function newFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `keystile-${name}-`));
  folders.push(folder);
  return folder;
}

/** Waits until `look` answers something. */
export async function until(what, look) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const seen = await look();
    if (seen) return seen;
    await sleep(100);
  }
  throw new Error(`in vain: ${what}`);
}

/** A data folder with its settings, and the folder of its credentials. */
export class Installation {
  constructor(name, settings = {}) {
    this.folder = newFolder(name);
    this.data = join(this.folder, "data");
    this.log = join(this.folder, "server.log");
    this.credentials = join(this.folder, "credentials");
    mkdirSync(this.credentials);
    writeFileSync(this.log, "");
    this.settings = { KEYSTILE__HAND_OFF__CREDENTIALS: this.credentials, ...settings };
  }

  give(credential, text) {
    writeFileSync(join(this.credentials, credential), text, { mode: 0o600 });
  }

  get environment() {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith("KEYSTILE"));
    return { ...Object.fromEntries(own), ...this.settings };
  }

  /** Runs a command: its exit code, what it says as JSON, and its complaint. */
  try(...words) {
    return new Promise((resolve) => {
      execFile(KEYSTILE, ["--data", this.data, "--json", ...words], { env: this.environment }, (error, out, complaint) => {
        let said = null;
        try {
          said = JSON.parse(out);
        } catch {
          // Then it has said nothing.
        }
        resolve({ code: error ? error.code ?? error.signal : 0, signal: error?.signal ?? null, said, complaint });
      });
    });
  }

  async run(...words) {
    const { code, signal, said, complaint } = await this.try(...words);
    if (code !== 0 || signal) throw new Error(`${words.join(" ")}: ${complaint}`);
    return said;
  }

  async init() {
    this.first = await this.run("init");
    return this.first;
  }

  async serve() {
    const out = openSync(this.log, "a");
    const before = readFileSync(this.log, "utf8").length;
    const words = ["--data", this.data, "serve", "--listen", "127.0.0.1:0"];
    this.server = start(KEYSTILE, words, { env: this.environment, stdio: ["ignore", out, out] });
    closeSync(out);
    this.ended = new Promise((resolve) => this.server.once("exit", (code, signal) => resolve(signal ?? code)));
    const says = () => /listening on (http:\S+)/.exec(readFileSync(this.log, "utf8").slice(before))?.[1];
    this.url = await until("the server to listen", says);
  }

  async stop() {
    this.server.kill("SIGTERM");
    return this.ended;
  }

  async serveAgain() {
    await this.stop();
    await this.serve();
  }

  async ask(method, path, body, token = this.first.admin_token) {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" };
    const answer = await fetch(`${this.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get("content-type"));
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** The status of a request for a token: 201 where it is signed. */
  async mint() {
    return (await this.ask("POST", "/v1/issuers/main/tokens", { subject: "alice" })).status;
  }

  /** Whether it signs; otherwise why not. */
  async trouble() {
    const ready = await this.ask("GET", "/readyz");
    return ready.status === 200 ? null : `${ready.body.code}: ${ready.body.detail}`;
  }

  /** Waits until it signs. */
  async unsealed() {
    await until("the server to sign again", async () => (await this.trouble()) === null);
  }
}
