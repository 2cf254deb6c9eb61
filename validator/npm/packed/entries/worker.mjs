// A Worker: `?server=` runs the suite, whose outcome is the answer; `/follow?url=&token=&now=` judges a token by the key set
// that is published at `url`, which all requests share. Nothing random may happen before a request comes.

import { remoteKeySet } from "@keystile/validator/remote";

import { run } from "../suite/run.mjs";
import { MODULES, WHOLE } from "../suite/whole.mjs";

const validators = new Map();

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/follow") return Response.json(await follow(Object.fromEntries(searchParams)));
    return Response.json(await run(WHOLE, MODULES, searchParams.get("server")));
  },
};

function follow({ url, token, now }) {
  if (!validators.has(url)) {
    const set = remoteKeySet(url);
    validators.set(url, new MODULES.keystile.Validator(set, { issuer: null, audience: null, now: () => Number(now) }));
  }
  return validators.get(url).checkAsync(token);
}
