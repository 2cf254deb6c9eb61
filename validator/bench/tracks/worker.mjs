// workerd. Its clock stands still while a request runs, so that a lap is one request, timed by who sends it.

import * as jose from "jose";
import * as keystile from "./keystile/workerd.mjs";
import nodeCrypto from "node:crypto";

import engines from "./engines.wasm";
import material from "./material.json";
import rsa from "./rsa.wasm";
import { track } from "./track.mjs";

let ready;

export default {
  async fetch(request) {
    // Random numbers and time may be asked for in a request only, so everything is prepared in the first.
    ready ??= track(JSON.parse(material), {
      keystile,
      jose,
      nodeCrypto: typeof nodeCrypto.verify === "function" ? nodeCrypto : undefined,
      webCrypto: crypto,
      engines: new WebAssembly.Instance(engines, {}),
      rsa: new WebAssembly.Instance(rsa, {}),
    });
    const { description, run } = await ready;
    if (request.method === "GET") return Response.json(description);
    const { name, bits, count } = await request.json();
    if (name) await run(name, bits, count);
    return new Response(null, { status: 204 });
  },
};
