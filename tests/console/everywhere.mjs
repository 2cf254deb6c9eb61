// What every browser must carry: each flow begins signed in at the overview, and leaves the server as it found it, but for
// keys that were turned.

import assert from "node:assert/strict";

const short = (kid) => kid.slice(0, 8);
const keysOf = async (able) => (await able.meanwhile("GET", "issuers/main/keys")).keys;
const active = async (able) => (await keysOf(able)).find((key) => key.state === "active").kid;

export const everywhere = {
  async "while the server is away the page says so, bars its buttons, and comes back by itself"(able) {
    await able.see("Signing for");
    await able.offline(true);
    await able.see("The server does not answer.");
    assert.ok(await able.isBarred("Rotate…"));
    await able.see("Not while the connection is lost.");
    await able.offline(false);
    await able.press("Try now");
    await able.lose("The server does not answer.");
    await able.see("Live");
  },

  async "two administrators who rotate at once: the second is told, and the rotation is called off"(able) {
    await able.press("Rotate…");
    await able.see("It starts to sign once local has confirmed it");
    await able.fill("Reason", "slower");
    await able.meanwhile("POST", "issuers/main/rotation", { reason: "faster" });
    await able.press("Rotate");
    await able.see("Nothing was done: the state is not the one you were shown.");
    await able.press("Leave as it is");
    await able.see("Rotation under way");
    await able.carryOut("Cancel rotation…", "Cancel rotation", {});
    await able.see("The rotation is cancelled");
  },

  async "a key is activated before the edge has confirmed it, and rolled back to the one before"(able) {
    const before = await active(able);
    const { kid } = await able.meanwhile("POST", "issuers/main/keys", {});
    await able.goTo("Keys");
    await able.carryOut(`Activate anyway key ${short(kid)}`, "Activate anyway");
    await able.see(`Key ${short(kid)} signs from now on, unconfirmed.`);
    await able.carryOut(`Roll back to key ${short(before)}`, "Roll back");
    await able.see(`Key ${short(before)} signs again.`);
    assert.equal(await active(able), before);
  },

  async "a key is revoked for good, once its first characters are typed"(able) {
    const { kid } = await able.meanwhile("POST", "issuers/main/keys", {});
    await able.visit(`keys/${kid}`);
    await able.press(`Revoke key ${short(kid)}`);
    await able.see(/It leaves the key set for good, by version \d+/);
    await able.see("No edge has ever seen a token of it.");
    await able.fill("Reason", "a test");
    await able.fill(`Type ${short(kid)} to confirm`, "yes");
    await able.press("Revoke for good");
    await able.see(`Type ${short(kid)} to confirm.`);
    await able.fill(`Type ${short(kid)} to confirm`, short(kid));
    await able.press("Revoke for good");
    await able.closed();
    await able.see(`Key ${short(kid)} is revoked.`);
    await able.see("No edge has refused a token that names this key.");
  },

  async "a change of the policy shows its effect before it is made"(able) {
    await able.goTo("Settings");
    await able.fill("Days between rotations", "30");
    await able.fill("Leeway of clocks, seconds", "60");
    await able.press("Show the effect…");
    await able.see("Days between rotations: 90 becomes 30.");
    await able.see("The propagation bound becomes 2 min 40 s, from 2 min 10 s");
    await able.press("Leave as it is");
    await able.visit("settings");
    await able.see("What follows from it");
    assert.equal(await able.valueOf("Days between rotations"), "90");
    await able.fill("Days between rotations", "often");
    await able.press("Show the effect…");
    await able.see("often is no whole number");
    await able.fill("Days between rotations", "60");
    await able.carryOut("Show the effect…", "Change it");
    await able.see("The policy is changed");
    await able.meanwhile("PATCH", "issuers/main", { rotation_interval_days: 90, reason: "as it was" }, { "if-match": "*" });
  },

  async "who changes what somebody else has changed meanwhile is told, and overwrites nothing"(able) {
    await able.goTo("Settings");
    await able.fill("Days a retired key is kept sealed", "3");
    await able.press("Show the effect…");
    await able.fill("Reason", "late");
    await able.meanwhile("PATCH", "issuers/main", { retired_key_sealed_days: 7, reason: "first" }, { "if-match": "*" });
    await able.press("Change it");
    await able.see(/Nothing was done.*changed since you read it/);
    await able.press("Leave as it is");
    await able.visit("settings");
    await able.see("What follows from it");
    assert.equal(await able.valueOf("Days a retired key is kept sealed"), "7");
    await able.meanwhile("PATCH", "issuers/main", { retired_key_sealed_days: 0, reason: "as it was" }, { "if-match": "*" });
  },

  async "a webhook is added with a secret that is shown once, tried, given another secret, and removed"(able) {
    const address = "https://hooks.invalid/keystile";
    const secret = async () => /whsec_\S+/.exec(await able.text())?.[0];
    await able.goTo("Settings");
    await able.see("Nobody is told of anything yet.");
    await able.fill("Where it leads", address);
    await able.fill("Events", "alert.raised, nonsense");
    await able.press("Add…");
    await able.press("Add it");
    await able.see(/othing is called nonsense/);
    await able.press("Leave as it is");
    await able.fill("Events", "alert.raised");
    await able.carryOut("Add…", "Add it", {});
    const first = await secret();
    await able.press(`Test the webhook to ${address}`);
    await able.see(`The test did not arrive at ${address}`);
    await able.carryOut(`Make another secret for the webhook to ${address}`, "Make it", {});
    await able.see("Two secrets sign");
    assert.notEqual(await secret(), first);
    await able.visit("settings");
    await able.see("alert.raised");
    assert.equal(await secret(), undefined, "the secret was shown twice");
    const id = short(/wh_[\w-]+/.exec(await able.text())[0]);
    await able.carryOut(`Remove the webhook to ${address}`, "Remove for good", { [`Type ${id} to confirm`]: id });
    await able.see("Nobody is told of anything yet.");
  },

  async "a target of the hand-off is named, filled, changed and taken out, and a change by another is not overwritten"(able) {
    await able.goTo("Settings");
    await able.see("No backend is handed its key.");
    await able.fill("Name", "disk");
    await able.choose("Kind of place", "file");
    await able.fill("File", "../keystile.db");
    await able.press("Show what would happen…");
    await able.see("is a path below KEYSTILE__HAND_OFF__FOLDER");
    await able.fill("File", "backend.env");
    await able.press("Show what would happen…");
    await able.see(/Key .{8}, which signs, is written to disk now, and read back\./);
    await able.press("Hand it over");
    await able.closed();
    await able.see("in order");
    await able.see(/Read back /);
    await able.press("Change the target disk");
    assert.equal(await able.valueOf("File"), "backend.env");
    await able.fill("Time to reload, seconds", "5");
    await able.press("Show what would happen…");
    await able.see("disk stays where it is.");
    const { targets: [{ target }] } = await able.meanwhile("GET", "issuers/main/hand-off");
    await able.meanwhile("PUT", "issuers/main/hand-off", { targets: [{ ...target, reload_secs: 7 }] });
    await able.press("Hand it over");
    await able.see("Nothing was done: the state is not the one you were shown.");
    await able.press("Leave as it is");
    await able.carryOut("Take out the target disk", "Take it out", {});
    await able.see("No backend is handed its key.");
  },

  async "tokens of a person are taken back, a token for somebody is made, and a token is judged"(able, world) {
    const person = `user-${Math.random().toString(36).slice(2, 10)}`;
    await able.goTo("Take back");
    await able.choose("Whose", "sub");
    await able.fill("Its value", person);
    await able.carryOut("Show what would happen…", "Take back for good", { Reason: "a test", [`Type ${short(person)} to confirm`]: short(person) });
    await able.see(person);
    await able.goTo("People and tokens");
    await able.fill("What it is for", person);
    await able.press("Make a token");
    await able.see("copy it now");
    await able.visit("inspector");
    await able.fill("Token", world.up.sample_token);
    await able.see("Judged by key set version ");
  },

  async "a step that is refused says why and changes nothing, and an emergency is one dialog"(able) {
    const kid = await active(able);
    await able.goTo("Emergency");
    await able.press("Emergency…");
    await able.see("all users must sign in again");
    await able.fill("Reason", "a test");
    await able.fill(`Type ${short(kid)} to confirm`, "wrong");
    await able.press("Revoke and replace now");
    await able.see(`Type ${short(kid)} to confirm.`);
    assert.equal(await active(able), kid);
    await able.fill(`Type ${short(kid)} to confirm`, short(kid));
    await able.press("Revoke and replace now");
    await able.closed();
    await able.see("Watch the edge confirm version");
    await able.goTo("Audit");
    await able.press("Verify the log");
    await able.see("The log holds:");
  },

  async "a session that is over leads to the sign-in by itself"(able) {
    await able.forgetCookies();
    await able.see("Your session has ended. Sign in again.");
  },
};
