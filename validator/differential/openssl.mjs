// Answers for OpenSSL: a line of {jwk, cases: [[message, signature]]} in, a line of 1 (accepted), 0 (refused) or
// k (the key is not taken) for each case out.

import { constants, createPublicKey, verify } from "node:crypto";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { jwk, cases } = JSON.parse(line);
  console.log(answers(jwk, cases));
}

function answers(jwk, cases) {
  let key;
  try {
    key = createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return "k".repeat(cases.length);
  }
  const bytes = (text) => Buffer.from(text, "base64url");
  const accepts = ([message, signature]) =>
    verify("sha256", bytes(message), { key, padding: constants.RSA_PKCS1_PADDING }, bytes(signature));
  return cases.map((it) => (accepts(it) ? "1" : "0")).join("");
}
