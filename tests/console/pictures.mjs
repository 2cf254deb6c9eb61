// The pictures of the pages, made anew: `cargo xtask pictures`. A server of its own, five regions that this program speaks for,
// and an hour of made-up traffic, which is written where the server keeps it because no hour passes here.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { keyRows, launch, open, signIn } from "./chromium.mjs";
import { startServer } from "./up.mjs";

const FOLDER = new URL("../../docs/pictures/", import.meta.url).pathname;
const REGIONS = ["FRA", "SIN", "IAD", "SYD", "GRU"];
/** The one that is late. */
const LATE = "GRU";
const REFUSED = { token_expired: 34, audience_mismatch: 5, signature_invalid: 2, kid_unknown: 1 };

const server = await startServer({ KEYSTILE__ISSUER__ISS: "https://login.example.com" });
const browser = await launch();
try {
  const edge = await ask("POST", "api-tokens", { label: "the edge", role: "edge" });
  await turn(edge.token);
  await haveTraffic();
  await page("overview", "", "light", (shown) => shown.getByText("most in a minute", { exact: false }).waitFor());
  await page("keys", "keys", "dark", (shown) => keyRows(shown).nth(3).waitFor());
} finally {
  await browser.close();
  await server.stop();
}

async function ask(method, path, body, token = server.token) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`${server.address}v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function main() {
  return (await ask("GET", "status")).issuers[0];
}

/** One key that is retiring, one that signs, and one that all regions but one have. */
async function turn(token) {
  const kids = [(await main()).active_kid];
  const { kid } = await ask("POST", "issuers/main/keys", {});
  await ask("POST", `issuers/main/keys/${kid}/activate`, { override_reason: "for a picture" });
  kids.unshift(kid);
  const { version } = await main();
  await report(token, version, REGIONS, kids);
  await ask("POST", "issuers/main/rotation", { reason: "quarterly" });
  const published = (await main()).version;
  while ((await main()).pushed_version !== published) await new Promise((resolve) => setTimeout(resolve, 100));
  await report(token, published, REGIONS.filter((region) => region !== LATE), kids);
}

async function report(token, version, regions, kids) {
  const now = Math.floor(Date.now() / 1000);
  for (const [index, region] of regions.entries()) {
    const seen = kids.map((kid, age) => [kid, 7_260 * (age * 3 + 1) + 400 * index]);
    const counters = { accepted: 40_000, by_kid: Object.fromEntries(seen) };
    const lastSeen = Object.fromEntries(kids.map((kid) => [kid, now]));
    await ask("POST", "issuers/main/reports", { region, instance: "one", version, key_set_age_seconds: 3, counters, last_seen_kids: lastSeen }, token);
  }
}

/** An hour of it, that goes up and down as traffic does. */
async function haveTraffic() {
  const database = new DatabaseSync(join(server.data, "keystile.db"));
  const insert = database.prepare("INSERT OR REPLACE INTO edge_minutes (issuer, minute, counter, count) VALUES ('main', ?, ?, ?)");
  const first = Math.floor(Date.now() / 60_000) * 60 - 3_540;
  for (let minute = 0; minute < 60; minute += 1) {
    const wave = 1 + Math.sin(minute / 5) / 4 + Math.sin(minute * 1.7) / 8;
    insert.run(first + 60 * minute, "accepted", Math.round(3_300 * wave));
    for (const [code, usual] of Object.entries(REFUSED)) insert.run(first + 60 * minute, `refused/${code}`, Math.round(usual * wave));
  }
  database.close();
}

async function page(name, path, colorScheme, ready) {
  const context = { colorScheme, reducedMotion: "reduce", viewport: { width: 1120, height: 1000 } };
  const { page: shown, troubles } = await open(browser, server.address, context);
  await signIn(shown, server.token);
  await shown.goto(server.address + path);
  await shown.waitForFunction(() => !document.querySelector("#page [aria-busy]"));
  await ready(shown);
  await shown.screenshot({ path: join(FOLDER, `console-${name}.png`), fullPage: name !== "overview" });
  if (troubles.length > 0) throw new Error(troubles.join("\n"));
}
