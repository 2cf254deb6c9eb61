// A Worker: the answer to a request with `?server=` is the outcome. Nothing random may happen before one comes.

import * as keystile from "@keystile/validator";

import { run } from "../suite/run.mjs";

export default {
  async fetch(request) {
    return Response.json(await run({ keystile }, new URL(request.url).searchParams.get("server")));
  },
};
