// The console in real browsers, before a real server and a real edge. One system serves every case, so that their order
// matters: an emergency comes after what needs the key that it throws out.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { alone } from "./alone.mjs";
import { approvals } from "./approvals.mjs";
import { launch, open } from "./chromium.mjs";
import { errors } from "./errors.mjs";
import { everywhere } from "./everywhere.mjs";
import { firefox } from "./firefox.mjs";
import { flows } from "./flows.mjs";
import { inChromium } from "./hands.mjs";
import { pages } from "./pages.mjs";
import { passkeys } from "./passkeys.mjs";
import { startUp } from "./up.mjs";
import { users } from "./users.mjs";
import { walk } from "./walk.mjs";

/** What the cases work on: the system that is up, and Chromium. */
const world = {};

before(async () => {
  [world.up, world.browser] = await Promise.all([startUp(), launch()]);
});

after(async () => {
  await world.browser?.close();
  await world.up?.stop();
});

// A page that stays open goes on asking.
afterEach(async () => {
  await Promise.all((world.browser?.contexts() ?? []).map((context) => context.close()));
});

walk(world);
flows(world);
pages(world);
errors(world);
approvals(world);
users(world);
alone(world);
passkeys(world);
for (const [name, flow] of Object.entries(everywhere)) {
  test(name, async () => {
    const { page, troubles } = await open(world.browser, world.up.console);
    const able = inChromium(page, world);
    await able.signIn();
    await flow(able, world);
    assert.deepEqual(troubles, []);
  });
}
firefox(world);
