// A page of Chromium or Firefox. The page's server, in runtimes/pages.mjs, has everything it fetches.

import * as jose from "jose";
import * as keystile from "/keystile/browser.mjs";

import { track } from "./track.mjs";

const instance = async (path) => (await WebAssembly.instantiateStreaming(fetch(path), {})).instance;

const parts = {
  keystile,
  jose,
  webCrypto: crypto,
  engines: await instance("/engines.wasm"),
  rsa: await instance("/rsa.wasm"),
};
globalThis.track = await track(await (await fetch("/material.json")).json(), parts, () => performance.now() * 1e3);
