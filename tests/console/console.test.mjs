// The console in real browsers, before a real server and a real edge. One system serves every case, so that their order
// matters: an emergency comes after what needs the key that it throws out.

import { after, afterEach, before } from "node:test";

import { approvals } from "./approvals.mjs";
import { launch } from "./chromium.mjs";
import { errors } from "./errors.mjs";
import { firefox } from "./firefox.mjs";
import { flows } from "./flows.mjs";
import { pages } from "./pages.mjs";
import { settings } from "./settings.mjs";
import { startUp } from "./up.mjs";
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
settings(world);
pages(world);
errors(world);
approvals(world);
firefox(world);
