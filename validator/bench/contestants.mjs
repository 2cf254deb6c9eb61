// Who is measured, in every JavaScript runtime alike. Nothing here knows a runtime: what there is to measure comes in.
//
// Each contestant is { name, kind, prepare }: it checks a `signature` alone, or a whole `token`, makes a `refusal`, or does a
// `set-up`: everything from the key's JWK or PEM to the verdict on a first token.
// `prepare(size, policy)` does what is done once a key, in the way its documentation recommends, and gives { inputs, job }:
// `job(input)` throws, or rejects, unless the verdict is the right one.

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const ENGINES = ["scalar", "simd128", "fused"];

/** Those that `parts` allow, and why the others are not there. */
export function contestants(parts) {
  const kinds = {
    signature: signatures(parts),
    token: [...ours(parts), ...peers(parts)],
    refusal: refusals(parts),
    "set-up": setUps(parts),
  };
  const all = Object.entries(kinds).flatMap(([kind, some]) => some.map((contestant) => ({ kind, ...contestant })));
  const absent = Object.fromEntries(all.filter(({ absent }) => absent).map(({ name, absent }) => [name, absent]));
  return { present: all.filter(({ absent }) => !absent), absent };
}

/** The signature and its hash alone, over bytes that lie ready. */
function signatures({ nodeCrypto, webCrypto, engines, rsa }) {
  return [
    contestant("node:crypto.verify", nodeCrypto, ({ jwk, tokens }) => {
      const key = nodeCrypto.createPublicKey({ key: jwk, format: "jwk" });
      return { inputs: tokens.map(signedBytes), job: (it) => must(nodeCrypto.verify("sha256", it.message, key, it.signature)) };
    }),
    contestant("WebCrypto", webCrypto, async ({ jwk, tokens }) => {
      const key = await webCrypto.subtle.importKey("jwk", jwk, RS256, false, ["verify"]);
      const job = async (it) => must(await webCrypto.subtle.verify(RS256.name, key, it.signature, it.message));
      return { inputs: tokens.map(signedBytes), job };
    }),
    ...ENGINES.map((engine, index) => arithmetic(`keystile, ${engine} alone`, engines, index)),
    arithmetic("rsa crate in WASM", rsa, 0),
  ];
}

/** A WASM module with the exports of `validator/rs256-bench`. What it verifies lies in its memory beforehand. */
function arithmetic(name, instance, engine) {
  return contestant(name, instance, ({ jwk, tokens }) => {
    const wasm = instance.exports;
    const put = (bytes) => {
      const pointer = wasm.allocate(bytes.length);
      new Uint8Array(wasm.memory.buffer, pointer, bytes.length).set(bytes);
      return [pointer, bytes.length];
    };
    const key = wasm.prepare(engine, 65537n, ...put(bytes(jwk.n)));
    if (key < 0) throw new Error("not in this build");
    const inputs = tokens.map(signedBytes).map(({ message, signature }) => [...put(message), ...put(signature)]);
    return { inputs, job: ([m, mLength, s, sLength]) => must(wasm.verify(key, m, mLength, s, sLength)) };
  });
}

/** Whole tokens by the npm package. Cold unless it says otherwise: its verdict cache is on by default. */
function ours({ keystile }) {
  const whole = (keys, options) => ({ jwk, manyKeys, tokens }, policy) => {
    const keySet = keystile.KeySet.fromJwks({ keys: keys === 1 ? [jwk] : manyKeys }, { limits: { keySetBytes: 4 << 20 } });
    const validator = new keystile.Validator(keySet, { ...policy, ...options });
    return { inputs: tokens, job: (token) => validator.validate(token) };
  };
  return [
    contestant("keystile", keystile, whole(1, { cache: false })),
    contestant("keystile, 1,000 keys", keystile, whole(1000, { cache: false })),
    contestant("keystile, cached", keystile, whole(1, {})),
  ];
}

/** Whole tokens by others, with the same checks: signature, issuer, audience, expiry. */
function peers({ jose, fastJwt, jsonwebtoken, nodeCrypto }) {
  const withFastJwt = (cache) => ({ pem, tokens }, { issuer, audience }) => ({
    inputs: tokens,
    job: fastJwt.createVerifier({ key: pem, algorithms: ["RS256"], allowedIss: issuer, allowedAud: audience, cache }),
  });
  const options = (policy) => ({ algorithms: ["RS256"], ...policy });
  return [
    contestant("fast-jwt", fastJwt, withFastJwt(false)),
    contestant("fast-jwt, cached", fastJwt, withFastJwt(true)),
    contestant("jsonwebtoken", jsonwebtoken, ({ pem, tokens }, policy) => {
      const key = nodeCrypto.createPublicKey(pem);
      return { inputs: tokens, job: (token) => jsonwebtoken.verify(token, key, options(policy)) };
    }),
    contestant("jose", jose, async ({ jwk, tokens }, policy) => {
      const key = await jose.importJWK(jwk, "RS256");
      return { inputs: tokens, job: (token) => jose.jwtVerify(token, key, options(policy)) };
    }),
  ];
}

/** Tokens as long as the good ones that need no arithmetic to be refused. */
function refusals({ keystile }) {
  const withHeader = (token, change) => {
    const [header, claims, signature] = token.split(".");
    return [text(JSON.stringify({ ...JSON.parse(atob(header)), ...change })), claims, signature].join(".");
  };
  const spoilt = {
    malformed: ["base64url_invalid", (token) => token.replace("e", "!")],
    "wrong alg": ["alg_not_allowed", (token) => withHeader(token, { alg: "HS256" })],
    "unknown kid": ["kid_unknown", (token, i) => withHeader(token, { kid: `unknown-${i}` })],
  };
  return Object.entries(spoilt).map(([what, [code, spoil]]) =>
    contestant(`keystile refuses ${what}`, keystile, ({ jwk, tokens }, policy) => {
      const validator = new keystile.Validator(keystile.KeySet.fromJwks({ keys: [jwk] }), policy);
      const job = (token) => {
        const verdict = validator.check(token);
        if (verdict.code !== code) throw new Error(`expected \`${code}\`, got \`${verdict.code}\``);
      };
      return { inputs: tokens.map(spoil), job };
    }),
  );
}

/** What a new key costs, once: it is read, prepared, and has verified one token. */
function setUps({ keystile, jose, fastJwt }) {
  const options = (policy) => ({ algorithms: ["RS256"], ...policy });
  return [
    contestant("keystile, first token of a key", keystile, ({ jwk, tokens }, policy) => ({
      inputs: tokens,
      job(token) {
        const keySet = keystile.KeySet.fromJwks({ keys: [jwk] });
        const validator = new keystile.Validator(keySet, { ...policy, cache: false });
        validator.validate(token);
        validator.free();
        keySet.free();
      },
    })),
    contestant("jose, first token of a key", jose, ({ jwk, tokens }, policy) => ({
      inputs: tokens,
      job: async (token) => jose.jwtVerify(token, await jose.importJWK(jwk, "RS256"), options(policy)),
    })),
    contestant("fast-jwt, first token of a key", fastJwt, ({ pem, tokens }, { issuer, audience }) => ({
      inputs: tokens,
      job: (token) =>
        fastJwt.createVerifier({ key: pem, algorithms: ["RS256"], allowedIss: issuer, allowedAud: audience, cache: false })(token),
    })),
  ];
}

/** `part` is what it takes: without it, the contestant is absent. */
function contestant(name, part, prepare, absent = "not in this runtime") {
  return part ? { name, prepare } : { name, absent };
}

function must(accepted) {
  if (!accepted) throw new Error("a good signature is refused");
}

const bytes = (base64url) => Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0));
const text = (ascii) => btoa(ascii).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function signedBytes(token) {
  const dot = token.lastIndexOf(".");
  return { message: new TextEncoder().encode(token.slice(0, dot)), signature: bytes(token.slice(dot + 1)) };
}
