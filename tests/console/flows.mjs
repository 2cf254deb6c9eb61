// What people do in the console: found by role and label, as people find things.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { carryOut, goTo, keyRows, open, present, signIn, visiting } from "./chromium.mjs";

export function flows(world) {
  const start = (path = "") => open(world.browser, world.up.console + path);

  /** A page of an administrator, at this address. */
  async function asAdmin(path = "") {
    const opened = await start(path);
    await signIn(opened.page, world.up.admin_token);
    return opened;
  }

  /** Asks the API itself, as a program would. */
  async function ask(path, body) {
    const headers = { authorization: `Bearer ${world.up.admin_token}`, "content-type": "application/json" };
    const response = await fetch(`${world.up.console}v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response.json();
  }

  const activeKid = (page) =>
    keyRows(page).filter({ has: page.getByText("active", { exact: true }) }).first().locator("code").first().getAttribute("title");

  test("a wrong token is refused and shows nothing", async () => {
    const { page, troubles } = await start();
    await present(page, "ks_aaaaaaaa_" + "A".repeat(43));
    await page.getByRole("alert").filter({ hasText: /\S/ }).first().waitFor();
    assert.equal(await page.getByRole("navigation").count(), 0);
    assert.deepEqual(troubles, []);
  });

  test("a link that was kept leads to its page, and back leads back", async () => {
    const { page, troubles } = await asAdmin("edge");
    await page.getByRole("heading", { level: 1, name: "Edge" }).waitFor();
    await goTo(page, "Keys");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Edge" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/edge");
    await page.goto(`${world.up.console}keys/unknown`);
    await page.getByText("This issuer has no key unknown.").waitFor();
    assert.deepEqual(troubles, []);
  });

  test("a rotation is turned in sight, and a rollback leads back to the key that signed before", async () => {
    const { page, troubles } = await asAdmin("keys");
    await keyRows(page).first().waitFor();
    const before = (await activeKid(page)).slice(0, 8);
    await carryOut(page, /^Rotate/, "Rotate");
    await goTo(page, "Edge");
    await page.getByText(/It brings key/).waitFor();
    await goTo(page, "Keys");
    await visiting(world.up.edge, () =>
      keyRows(page).filter({ hasText: before }).filter({ hasText: "retiring" }).waitFor({ timeout: 90_000 }));
    await carryOut(page, /^Roll back to key/, "Roll back");
    await keyRows(page).filter({ hasText: before }).filter({ has: page.getByText("active", { exact: true }) }).waitFor();
    assert.deepEqual(troubles, []);
  });

  test("a rotation is paused, resumed and cancelled", async () => {
    const { page, troubles } = await asAdmin();
    await carryOut(page, /^Rotate/, "Rotate");
    await carryOut(page, /^Pause/, "Pause");
    await page.getByText(/Paused since/).waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText("The rotation goes on.").first().waitFor();
    await carryOut(page, /^Cancel rotation/, "Cancel rotation", {});
    await page.getByText(/The rotation is cancelled/).first().waitFor();
    assert.deepEqual(troubles, []);
  });

  test("the page of a key has its public half, and says who did what", async () => {
    const { page, troubles } = await asAdmin("keys");
    await keyRows(page).first().waitFor();
    const kid = await activeKid(page);
    await page.getByRole("link", { name: kid.slice(0, 8) }).first().click();
    await page.getByRole("heading", { level: 1, name: `Key ${kid.slice(0, 8)}` }).waitFor();
    await page.getByText(/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/).waitFor();
    await page.getByText("PEM", { exact: true }).click();
    await page.getByText("-----BEGIN PUBLIC KEY-----").waitFor();
    // What somebody has opened stays open when the page is brought up to date, which is every second.
    await page.waitForTimeout(2_500);
    assert.ok(await page.getByText("-----BEGIN PUBLIC KEY-----").isVisible());
    await page.getByRole("table", { name: /What was done to this key/ }).getByText(/^(key.created|key.activated|emergency.declared)$/).first().waitFor();
    assert.deepEqual(troubles, []);
  });

  test("a step of a key shows the server's plan", async () => {
    const { page, troubles } = await asAdmin("keys");
    const { kid } = await ask("issuers/main/keys", {});
    await page.goto(`${world.up.console}keys/${kid}`);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: /^Revoke key/ }).click();
    await dialog.getByText(/stops believing the old key within 1 min 40 s/).waitFor();
    await dialog.getByRole("button", { name: "Leave as it is" }).click();
    await goTo(page, "Keys");
    await page.getByRole("button", { name: /^Rotate/ }).click();
    await dialog.getByText(/It starts to sign once local has confirmed it, and 30 s after it was published/).waitFor();
    await dialog.getByText(/stays valid for 30 days/).waitFor();
    await dialog.getByRole("button", { name: "Leave as it is" }).click();
    assert.deepEqual(troubles, []);
  });

  /** Names whom the form means, and looks at what the server says would happen. */
  async function rehearseTakingBack(page, scope, value) {
    await page.getByRole("combobox", { name: /^Whose/ }).selectOption(scope);
    if (value) await page.getByLabel("Its value").fill(value);
    await page.getByRole("button", { name: "Show what would happen…" }).click();
    return page.getByRole("dialog");
  }

  test("tokens are taken back: by session, token, subject, client, key and everybody's", async () => {
    const { page, troubles } = await asAdmin("keys");
    await keyRows(page).first().waitFor();
    const kid = await activeKid(page);
    await goTo(page, "Take back");
    await page.getByText("No token and no session is taken back by name.").waitFor();
    const targets = [["sid", "s-8841"], ["jti", "4f1c9a"], ["sub", "user-42"], ["client_id", "mobile"], ["kid", kid], ["all"]];
    for (const [scope, value] of targets) {
      const dialog = await rehearseTakingBack(page, scope, value);
      await dialog.getByText(/cannot be undone/).waitFor();
      await dialog.getByLabel("Reason").fill("a test");
      if (scope === "sid") {
        // Looking changes nothing, and neither does a confirmation that says something else.
        await dialog.getByLabel(/^Type/).fill("yes");
        await dialog.getByRole("button", { name: "Take back for good" }).click();
        await dialog.getByRole("alert").filter({ hasText: /Type s-8841/ }).waitFor();
      }
      await dialog.getByLabel(/^Type/).fill(value?.slice(0, 8) ?? "main");
      await dialog.getByRole("button", { name: "Take back for good" }).click();
      await dialog.waitFor({ state: "hidden" });
    }
    await page.getByText(/1 token and 1 session/).waitFor();
    const epochs = page.getByRole("table", { name: /before which tokens are refused/ });
    for (const words of ["user-42", "mobile", kid.slice(0, 8), "everybody"]) await epochs.getByText(words).first().waitFor();
    await rehearseTakingBack(page, "kid", "nonsense");
    await page.getByRole("alert").filter({ hasText: "No key starts with nonsense." }).waitFor();
    assert.deepEqual(troubles, []);
  });

  test("a token is judged in the page and never leaves it", async () => {
    const { page, troubles, asked } = await asAdmin("inspector");
    const { token } = await ask("issuers/main/tokens", { subject: "somebody" });
    const field = page.getByLabel("Token", { exact: true });
    await field.fill(token);
    await page.getByText("The edge believes this token.").waitFor();
    await page.getByText('"somebody"').waitFor();
    const [header, claims, signature] = token.split(".");
    await field.fill(`${header}.${claims}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`);
    await page.getByText("signature_invalid").waitFor();
    await page.getByText(/401 Unauthorized/).waitFor();
    await field.fill(world.up.sample_token);
    await page.getByText(/^(key_revoked|issued_before_epoch)$/).waitFor();
    await field.fill("no token");
    await page.getByText(/The header cannot be read/).waitFor();
    for (const part of [token, claims, signature, world.up.sample_token.split(".")[1]]) {
      assert.ok(!asked.some((request) => request.includes(part)), "a part of the token left the page");
    }
    assert.ok(asked.every((request) => request.split(" ")[1].startsWith(world.up.console)), "another host was asked");
    assert.deepEqual(troubles, []);
  });

  test("a token among thousands that are revoked by name is judged as the edge does, by filter and list", async () => {
    const { page, troubles, asked } = await asAdmin("inspector");
    const [revoked, good] = [await ask("issuers/main/tokens", { subject: "one" }), await ask("issuers/main/tokens", { subject: "other" })];
    const { jti } = JSON.parse(Buffer.from(revoked.token.split(".")[1], "base64url"));
    const values = [jti, ...Array.from({ length: 2_100 }, (_, number) => `made-up-${number}`)];
    await ask("issuers/main/revocations", { claim: "jti", values, reason: "a test" });
    const field = page.getByLabel("Token", { exact: true });
    await field.fill(revoked.token);
    await page.getByText("token_revoked").waitFor({ timeout: 60_000 });
    await field.fill(good.token);
    await page.getByText("The edge believes this token.").waitFor();
    const beside = asked.filter((request) => request.includes("/key-set/")).length;
    assert.ok(beside >= 2, "no filter and no list was read");
    await visiting(world.up.edge, async () => {
      for (const [token, status] of [[revoked.token, 401], [good.token, 200]]) {
        const answer = async () => (await fetch(world.up.edge, { headers: { authorization: `Bearer ${token}` } })).status;
        for (let tries = 0; tries < 60 && (await answer()) !== status; tries += 1) await page.waitForTimeout(500);
        assert.equal(await answer(), status);
      }
    });
    assert.deepEqual(troubles, []);
  });

  test("what the edge refuses is counted under the key that the token names", async () => {
    const { page, troubles } = await asAdmin("edge");
    const { token } = await ask("issuers/main/tokens", { subject: "somebody" });
    const [header, claims, signature] = token.split(".");
    const { kid } = JSON.parse(Buffer.from(header, "base64url"));
    const forged = `${header}.${claims}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    const madeUp = `${Buffer.from(JSON.stringify({ alg: "RS256", kid: "made-up" })).toString("base64url")}.${claims}.${signature}`;
    const statuses = [];
    for (const one of [token, forged, forged, madeUp]) {
      statuses.push((await fetch(world.up.edge, { headers: { authorization: `Bearer ${one}` } })).status);
    }
    assert.deepEqual(statuses, [200, 401, 401, 401]);
    const refused = page.getByRole("region", { name: "Refused, by key" });
    await visiting(world.up.edge, () => refused.getByRole("listitem").filter({ hasText: kid.slice(0, 8) }).waitFor({ timeout: 60_000 }));
    assert.equal(await refused.getByText("made-up").count(), 0);
    await page.getByRole("region", { name: "Refused, by reason" }).getByRole("listitem").filter({ hasText: "kid_unknown" }).waitFor();
    await page.getByRole("region", { name: "Accepted, by key" }).getByRole("listitem").filter({ hasText: kid.slice(0, 8) }).waitFor();
    await page.goto(`${world.up.console}keys/${kid}`);
    await page.getByRole("table", { name: /^Refused tokens that name this key/ }).getByRole("row", { name: /signature_invalid 2/ }).waitFor();
    assert.deepEqual(troubles, []);
  });

  test("the log is searched, and a log that was changed on its way does not hold", async () => {
    const { page, troubles } = await asAdmin("audit");
    await page.getByLabel("Search").fill("laptop stolen");
    await page.getByRole("table", { name: /^Entries of the audit log/ }).getByText("emergency.declared").first().waitFor();
    await page.getByRole("combobox", { name: /^Action/ }).selectOption("key.created");
    await page.getByText("No entry fits.").waitFor();
    await page.getByRole("combobox", { name: /^Action/ }).selectOption("");
    await page.getByLabel("Search").fill("nobody has ever written this");
    await page.getByText("No entry fits.").waitFor();
    await page.route("**/v1/audit/export", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace("laptop stolen", "laptop lost!!") });
    });
    await page.getByRole("button", { name: "Verify the log" }).click();
    await page.getByText("The log does not hold.").waitFor();
    await page.getByText(/entry \d+ is not the one that was written/).waitFor();
    await page.unroute("**/v1/audit/export");
    // A long log is read page by page: here a page is short.
    await page.route("**/v1/audit?limit=200", (route) => route.continue({ url: route.request().url().replace("200", "3") }));
    await page.reload();
    await page.getByText("3 of 3 entries that were read.").waitFor();
    await page.getByRole("button", { name: "Read older entries" }).click();
    await page.getByText("6 of 6 entries that were read.").waitFor();
    assert.deepEqual(troubles, []);
  });

  test("records are kept for so long, and what a legal hold covers for longer", async () => {
    const { page, troubles } = await asAdmin("audit");
    await page.getByText("Entries of the audit log are kept for ever.").waitFor();
    await page.getByLabel("Keep entries").selectOption("2557");
    await carryOut(page, "Set…", "Keep them so", { Reason: "seven years" });
    await page.getByText("for 2,557 days, unless somebody sets something else before", { exact: false }).waitFor();
    await page.getByLabel("From", { exact: true }).fill("2026-01-01");
    await carryOut(page, "Hold…", "Set the hold", { Reason: "Smith v. Example" });
    const row = page.getByRole("table", { name: /^Legal holds/ }).getByRole("row", { name: /Smith v. Example/ });
    const id = await row.locator("code").textContent();
    await carryOut(page, /^Release/, "Release", { Reason: "settled", [`Type ${id.slice(0, 8)}`]: id });
    await row.getByText("settled", { exact: false }).waitFor();
    await page.getByLabel("Keep entries").selectOption("");
    await carryOut(page, "Set…", "Keep them so", { Reason: "called off" });
    await page.getByText("unless somebody sets something else before", { exact: false }).waitFor({ state: "hidden" });
    // A log whose beginning was deleted is verified here as by every other program.
    const folder = await mkdtemp(join(tmpdir(), "keystile-aged-"));
    execFileSync(join(dirname(process.env.KEYSTILE_TEST_XTASK), "keystile-quarter"), ["--to", folder]);
    const aged = await readFile(join(folder, "aged.jsonl"), "utf8");
    await rm(folder, { recursive: true });
    for (const [body, words] of [[aged, "those before it were deleted in order"], [aged.replace(/"subtrees":\["./, '"subtrees":["x'), "The log does not hold."]]) {
      await page.route("**/v1/audit/export", (route) => route.fulfill({ body, contentType: "application/jsonl" }), { times: 1 });
      await page.getByRole("button", { name: "Verify the log" }).click();
      await page.getByText(words, { exact: false }).waitFor();
    }
    assert.deepEqual(troubles, []);
  });

  test("an API token is made, shown once, used, and revoked; a session is ended", async () => {
    const { page, troubles } = await asAdmin("people");
    await page.getByLabel("What it is for").fill("the night shift");
    await page.getByRole("region", { name: "API tokens", exact: true }).getByRole("combobox", { name: /^Role/ }).selectOption("viewer");
    await page.getByRole("button", { name: "Make a token" }).click();
    const made = await page.getByText(/^ks_\w+/).textContent();
    const viewer = await start();
    await signIn(viewer.page, made);
    await viewer.page.getByRole("button", { name: /^Rotate/ }).and(viewer.page.locator("[aria-disabled=true]")).waitFor();
    await viewer.page.getByText("The role viewer may look, not change.").first().waitFor();
    await goTo(page, "Keys");
    await goTo(page, "People and tokens");
    assert.equal(await page.getByText(made).count(), 0, "the token was shown twice");
    await page.getByRole("button", { name: /End the session .* of the night shift/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
    await viewer.page.getByText("Your session has ended. Sign in again.").waitFor();
    await page.getByRole("button", { name: "Revoke the token the night shift" }).click();
    await page.getByLabel(/^Type/).fill(made.slice(3, 7));
    await page.getByRole("button", { name: "Revoke for good" }).click();
    await page.getByText("The token the night shift is revoked.").first().waitFor();
    await present(viewer.page, made);
    await viewer.page.getByRole("alert").filter({ hasText: /unknown, expired or revoked/ }).waitFor();
    assert.deepEqual([...troubles, ...viewer.troubles], []);
  });

  test("what turns keys and what throws them out are never on one page", async () => {
    const { page } = await asAdmin();
    const rotate = page.getByRole("button", { name: /^Rotate/ });
    const throwOut = page.getByRole("button", { name: /^(Emergency|Revoke)/ });
    for (const name of ["Overview", "Keys"]) {
      await goTo(page, name);
      await rotate.waitFor();
      await page.waitForFunction(() => !document.querySelector("#page [aria-busy]"));
      assert.equal(await throwOut.count(), 0, name);
    }
    await goTo(page, "Emergency");
    await throwOut.waitFor();
    assert.equal(await rotate.count(), 0);
  });

  test("the keyboard alone reaches the content, the pages and the dialog", async () => {
    const { page, troubles } = await asAdmin();
    await page.getByRole("button", { name: /^Rotate/ }).waitFor();
    await page.locator("body").press("Tab");
    await page.getByRole("link", { name: "Skip to the content" }).press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Keys", exact: true }).press("Enter");
    await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), "page-title");
    await page.getByRole("button", { name: /^Rotate/ }).press("Enter");
    await page.getByRole("dialog").waitFor();
    assert.ok(await page.evaluate(() => document.activeElement.closest("dialog")), "the focus is not in the dialog");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    assert.deepEqual(troubles, []);
  });

  test("whoever signs out sees nothing any more", async () => {
    const { page, troubles } = await asAdmin("keys");
    await keyRows(page).first().waitFor();
    assert.deepEqual(await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie]), [""]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API token").waitFor();
    await page.reload();
    await page.getByLabel("API token").waitFor();
    assert.equal(await keyRows(page).count(), 0);
    assert.deepEqual(troubles, []);
  });
}
