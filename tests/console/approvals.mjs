// What takes two people, with two people in two browsers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { carryOut, open, signIn } from "./chromium.mjs";

export function approvals(world) {
  /** Asks the API itself. */
  async function ask(token, method, path, body, headers = {}) {
    const response = await fetch(`${world.up.console}v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response.json();
  }

  async function as(token, path) {
    const opened = await open(world.browser, world.up.console + path);
    await signIn(opened.page, token);
    return opened;
  }

  test("an emergency is asked for by one person, approved by another, and done by the first", async () => {
    const { admin_token: ada } = world.up;
    const { token: bob } = await ask(ada, "POST", "api-tokens", { label: "Bob", role: "admin" });
    await ask(ada, "PATCH", "issuers/main", { approval_required: true }, { "if-match": "*" });
    const [{ active_kid: kid }] = (await (await fetch(`${world.up.console}v1/status`, { headers: { authorization: `Bearer ${ada}` } })).json()).issuers;

    const first = await as(ada, "emergency");
    await carryOut(first.page, "Emergency…", "Ask for approval", { Reason: "laptop stolen", [`Type ${kid.slice(0, 8)}`]: kid.slice(0, 8) });
    await first.page.getByText("Asked. It waits on the page Approvals").first().waitFor();
    await first.page.goto(`${world.up.console}approvals`);
    await first.page.getByRole("button", { name: "Go on alone…" }).waitFor();
    assert.equal(await first.page.getByRole("button", { name: "Look at it…" }).count(), 0, "one's own request is offered to oneself");

    const second = await as(bob, "approvals");
    await second.page.getByText(`Emergency at main: key ${kid.slice(0, 8)}`, { exact: false }).first().waitFor();
    await second.page.getByRole("button", { name: "Look at it…" }).click();
    await second.page.getByRole("dialog").getByText(/If it happened now: Every token issued until now is refused/).waitFor();
    await second.page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await second.page.getByText("Approved.").first().waitFor();

    await carryOut(first.page, "Do it…", "Do it now", {});
    await first.page.getByText("Done.").first().waitFor();
    await first.page.getByRole("table", { name: "Before" }).getByText("done", { exact: false }).first().waitFor();

    const { id } = await ask(ada, "POST", "approvals", { deed: { kind: "end_approval", issuer: "main" } });
    await ask(bob, "POST", `approvals/${id}/approve`, {});
    await ask(ada, "PATCH", "issuers/main", { approval_required: false }, { "if-match": "*", "keystile-approval": id });
    assert.deepEqual([...first.troubles, ...second.troubles], []);
  });
}
