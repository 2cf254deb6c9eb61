// What an admin server alone shows, without an edge: names as long as they may be, and what it was built without.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, signIn } from "./chromium.mjs";
import { startServer } from "./up.mjs";

const PAGES = ["", "keys", "edge", "audit", "people", "approvals", "settings"];

export function alone(world) {
  async function housed(deed) {
    const server = await startServer({ KEYSTILE__ISSUER__ISS: `https://${"long-".repeat(40)}.example` });
    const ask = async (method, path, body, token = server.token) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "if-match": "*" };
      const response = await fetch(`${server.address}v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
      assert.ok(response.ok, `${method} ${path}: ${response.status}`);
      return response.status === 204 ? null : response.json();
    };
    try {
      await deed(server, ask);
    } finally {
      await server.stop();
    }
  }

  test("names as long as they may be push nothing out of sight", () => housed(async (server, ask) => {
    const label = "W".repeat(64);
    const edge = await ask("POST", "api-tokens", { label: "edge", role: "edge" });
    for (let region = 0; region < 12; region += 1) {
      await ask("POST", "issuers/main/reports", { region: `${region}${"R".repeat(40)}`, instance: "one", version: 1 }, edge.token);
    }
    await ask("POST", "issuers/main/keys", { reason: "x".repeat(500) });
    await ask("POST", "audit/holds", { reason: "y".repeat(300) });
    await ask("POST", "api-tokens", { label, role: "viewer" });
    await ask("PATCH", "issuers/main", { approval_required: true });
    await ask("POST", "approvals", { deed: { kind: "grant_access", by: "api_token", to: label, role: "operator" } });
    const { page, troubles } = await open(world.browser, server.address, { reducedMotion: "reduce" });
    await signIn(page, server.token);
    for (const path of PAGES) {
      await page.goto(server.address + path);
      await page.waitForFunction(() => !document.querySelector("#page [aria-busy]"));
      for (const width of [360, 1120, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate(() =>
          [document.documentElement, ...document.querySelectorAll(".scroll")].filter((it) => it.scrollWidth > it.clientWidth).map((it) => it.innerText));
        assert.deepEqual(wide, [], `${path} at ${width} px`);
      }
    }
    assert.deepEqual(troubles, []);
  }));

  test("a server that was built without the validator says so in the inspector", () => housed(async (server) => {
    const { page } = await open(world.browser, server.address);
    await page.route("**/dist/browser.mjs", (route) => route.fulfill({ status: 404 }));
    await signIn(page, server.token);
    await page.goto(`${server.address}inspector`);
    await page.getByText("This server was built without the validator", { exact: false }).waitFor();
  }));

  test("access that takes two people is asked for, approved, and given on the page by whoever asked", () => housed(async (server, ask) => {
    const { token: bob } = await ask("POST", "api-tokens", { label: "Bob", role: "admin" });
    await ask("PATCH", "issuers/main", { approval_required: true });
    const { page, troubles } = await open(world.browser, server.address);
    await signIn(page, server.token);
    await page.goto(`${server.address}people`);
    await page.getByLabel("What it is for").fill("the night shift");
    await page.getByRole("region", { name: "API tokens", exact: true }).getByRole("combobox", { name: /^Role/ }).selectOption("operator");
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByLabel("Name to sign in by").fill("grace");
    await page.getByRole("region", { name: "Users" }).getByRole("combobox", { name: /^Role/ }).selectOption("operator");
    await page.getByRole("button", { name: "Invite a user" }).click();
    await page.goto(`${server.address}approvals`);
    await page.getByText("grace gets access as operator").waitFor();
    const { approvals: asked } = await ask("GET", "approvals");
    for (const { id } of asked) await ask("POST", `approvals/${id}/approve`, {}, bob);
    const secret = async (what, pattern) => {
      await page.getByRole("row", { name: what }).getByRole("button", { name: "Do it…" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Do it now" }).click();
      return page.getByText(pattern).textContent();
    };
    const token = await secret(/the night shift gets access/, /^ks_\w+/);
    await secret(/grace gets access/, /^ksi_\w+/);
    assert.equal((await fetch(`${server.address}v1/session`, { headers: { authorization: `Bearer ${token}` } })).status, 200);
    await page.goto(`${server.address}approvals`);
    await page.getByText("the night shift gets access as operator").waitFor();
    assert.equal(await page.getByText(/^ksi?_/).count(), 0, "a secret was shown twice");
    assert.deepEqual(troubles, []);
  }));
}
