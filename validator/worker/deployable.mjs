// wrangler runs this before it bundles. It stands in the way of a deployment that is half-configured: the default
// environment is for `wrangler dev` alone, and another one goes out only when nothing in it is left to be set.
//
// node validator/worker/deployable.mjs [ENVIRONMENT]

import { readFileSync } from "node:fs";

const [environment] = process.argv.slice(2);
const command = process.env.WRANGLER_COMMAND ?? "deploy";
const refuse = (why) => {
  console.error(`not deployed: ${why}`);
  process.exit(1);
};

// `cargo xtask deploy` says so when it has looked at everything itself.
const isChecked = Boolean(process.env.KEYSTILE_DEPLOY);

if (command !== "dev" && !isChecked) {
  if (environment === undefined) {
    refuse("the default environment of wrangler.toml is for `wrangler dev`; deploy with `--env production`");
  }
  const lines = readFileSync("wrangler.toml", "utf8").split("\n").map((line) => line.replace(/^\s*#.*/, ""));
  const begins = (line) => line.trim().match(/^\[\[?env\.([\w-]+)/)?.[1];
  let current;
  const unset = lines.flatMap((line, at) => {
    current = begins(line) ?? (line.trim().startsWith("[") ? undefined : current);
    return current === environment && line.includes("SET-ME") ? [`line ${at + 1}: ${line.trim()}`] : [];
  });
  if (unset.length > 0) refuse(`wrangler.toml leaves this to be set:\n  ${unset.join("\n  ")}`);
}
