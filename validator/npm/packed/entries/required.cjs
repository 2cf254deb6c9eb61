// CommonJS, as Node has been able to load ES modules by since 20.19, and Deno and Bun too.

const { KeySet, engine } = require("@keystile/validator");
const { jwtVerify } = require("@keystile/validator/jose");

let code;
try {
  KeySet.fromJwks({ keys: [] });
} catch (error) {
  code = error.code;
}
const failed = code === "no_usable_key" && typeof jwtVerify === "function" ? [] : [{ title: "require", message: `the code is ${code}` }];
console.log(JSON.stringify({ engine: engine(), passed: 1 - failed.length, failed }));
