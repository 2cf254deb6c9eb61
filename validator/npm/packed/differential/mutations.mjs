// What can be odd about a token. Each mutation changes a draft (see cases.mjs), and its name is what the table of
// disagreements knows it by.

const DAY = 86_400;

/** How a NumericDate can be written, around `now`. The leeways that are drawn are among the distances. */
const DATES = (now) => [now - DAY, now - 61, now - 60, now - 31, now - 30, now - 29, now - 5, now - 1, now, now + 1, now + 5, now + 29,
  now + 30, now + 31, now + 60, now + 61, now + DAY, 0, -1, now + 0.5, now - 0.5, now + 30.5, now - 29.5, 1e15];

const NO_DATES = (now) => [`${now + 60}`, null, true, [now + 60], {}, "", "soon"];
const NO_STRINGS = [5, null, true, {}, ["https://issuer.example"]];

export function mutations(now) {
  const dated = (claim) => ({
    [`${claim} is some date`]: (draft, chance) => (draft.claims[claim] = chance.pick(DATES(now))),
    [`${claim} is beyond all time`]: (draft) => (draft.claims[claim] = 1e300),
    [`${claim} is absent`]: (draft) => delete draft.claims[claim],
    [`${claim} is no number`]: (draft, chance) => (draft.claims[claim] = chance.pick(NO_DATES(now))),
  });
  const named = (claim) => ({
    [`${claim} is absent`]: (draft) => delete draft.claims[claim],
    [`${claim} is another`]: (draft, chance) => (draft.claims[claim] = chance.pick(["https://other.example", "", "HTTPS://ISSUER.EXAMPLE", "api.example "])),
    [`${claim} is no string`]: (draft, chance) => (draft.claims[claim] = chance.pick(NO_STRINGS)),
  });
  return {
    ...dated("exp"), ...dated("nbf"), ...dated("iat"),
    ...named("iss"), ...named("sub"), ...named("jti"),
    "exp has passed, and nbf has not come": (draft) => Object.assign(draft.claims, { exp: now - DAY, nbf: now + DAY }),
    ...audience, ...header, ...json, ...encoding, ...signature, ...keys,
  };
}

const audience = {
  "aud is absent": (draft) => delete draft.claims.aud,
  "aud is a list": (draft, chance) => (draft.claims.aud = chance.pick([["api.example"], ["other.example", "api.example"], ["other.example"], []])),
  "aud is another": (draft) => (draft.claims.aud = "other.example"),
  "aud is neither string nor list": (draft, chance) => (draft.claims.aud = chance.pick([5, null, true, {}])),
  "aud is a list with more than strings": (draft, chance) => (draft.claims.aud = chance.pick([["api.example", 5], [null, "api.example"], [["api.example"]]])),
};

const header = {
  "alg is another": (draft, chance) => (draft.header.alg = chance.pick(["none", "HS256", "PS256", "ES256", "RS384", "RS512", "rs256", "RS256 ", "", "RSA"])),
  "alg is absent": (draft) => delete draft.header.alg,
  "alg is no string": (draft, chance) => (draft.header.alg = chance.pick([null, 256, true, ["RS256"], {}])),
  "kid is absent": (draft) => delete draft.header.kid,
  "kid is unknown": (draft, chance) => (draft.header.kid = chance.pick(["c", "", "A", "a ", "__proto__", "../a"])),
  "kid is that of another key": (draft) => (draft.header.kid = "b"),
  "kid is no string": (draft, chance) => (draft.header.kid = chance.pick([null, 1, true, ["a"], {}])),
  "typ is written otherwise": (draft, chance) => (draft.header.typ = chance.pick(["jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/jwt", "at+jwt; v=1", "", "application/"])),
  "typ is absent": (draft) => delete draft.header.typ,
  "typ is no string": (draft, chance) => (draft.header.typ = chance.pick([null, 5, ["JWT"], {}])),
  "crit names what nobody knows": (draft) => Object.assign(draft.header, { crit: ["urn:x"], "urn:x": true }),
  "crit names b64, which is true": (draft) => Object.assign(draft.header, { crit: ["b64"], b64: true }),
  "crit names b64, which is false": (draft) => Object.assign(draft.header, { crit: ["b64"], b64: false }),
  "crit is no list of names": (draft, chance) => (draft.header.crit = chance.pick([[], null, "exp", {}, [5], [""]])),
  "crit names a claim": (draft) => (draft.header.crit = ["exp"]),
  "b64 without crit": (draft, chance) => (draft.header.b64 = chance.pick([true, false, "false"])),
  "the header brings a key": (draft, chance) => Object.assign(draft.header, chance.pick([{ jwk: draft.strangersKey }, { jku: "https://evil.example/jwks" }, { x5u: "https://evil.example" }, { x5c: ["MII"] }])),
  "the header has a member that nobody knows": (draft) => (draft.header["urn:y"] = { deep: [1, null, "Ω"] }),
};

const json = {
  "the claims name a member twice": (draft) => (draft.payload = (text) => text.replace("{", '{"sub":"root",')),
  "the header names a member twice": (draft) => (draft.protected = (text) => text.replace("{", '{"kid":"b",')),
  "a deeper object names a member twice": (draft) => (draft.payload = (text) => text.replace("{", '{"x":{"a":1,"a":2},')),
  "the claims are no object": (draft, chance) => (draft.payload = () => chance.pick(["[]", "null", "5", '"text"', "true"])),
  "the claims are no JSON": (draft, chance) => (draft.payload = (text) => chance.pick(["", "{", text.slice(0, -1), `${text}x`, text.replaceAll('"', "'"), text.replace("}", ",}"), text.replace(":", ":0"), "\ufeff" + text])),
  "the header is no JSON": (draft, chance) => (draft.protected = (text) => chance.pick(["", "{", text.slice(0, -1), `${text}x`, "[]", "null", "\ufeff" + text])),
  "white space in the JSON": (draft, chance) => (draft.payload = (text) => text.replaceAll(",", chance.pick([" ,", ",\n", "\t,\r\n"]))),
  "white space of other kinds in the JSON": (draft, chance) => (draft.payload = (text) => text.replace(",", chance.pick(["\u00a0,", "\u2028,", "\f,", "\v,"]))),
  "the claims are no UTF-8": (draft, chance) => (draft.payloadBytes = (bytes) => Buffer.concat([Buffer.from('{"x":"'), Buffer.of(chance.pick([0xff, 0xc0, 0xed])), Buffer.from('",'), bytes.subarray(1)])),
  "the header is no UTF-8": (draft) => (draft.protectedBytes = (bytes) => Buffer.concat([Buffer.from('{"x":"\xff",', "latin1"), bytes.subarray(1)])),
  "a string has half a surrogate pair": (draft) => (draft.payload = (text) => text.replace("{", '{"x":"\\ud800",')),
  "a string has a control character": (draft) => (draft.payload = (text) => text.replace("{", '{"x":"\u0001",')),
  "a number is written oddly": (draft, chance) => (draft.payload = (text) => text.replace("{", `{"x":${chance.pick(["01", "1.", ".5", "+1", "1e400", "-0", "1E+2", "0x1", "NaN", "1e-400", "123456789012345678901234567890"])},`)),
  "deep nesting": (draft, chance) => {
    const depth = chance.pick([20, 126, 127, 128, 200, 1000]);
    draft.payload = (text) => text.replace("{", `{"x":${"[".repeat(depth)}${"]".repeat(depth)},`);
  },
  "members named like those of every object": (draft) => (draft.payload = (text) => text.replace("{", '{"__proto__":{"admin":true},"constructor":1,"toString":"x",')),
  "an escape in the name of a claim": (draft) => (draft.payload = (text) => text.replace('"exp"', '"\\u0065xp"')),
  "a large claim": (draft, chance) => (draft.claims.large = "x".repeat(chance.pick([1000, 10_000, 20_000, 70_000]))),
};

/** On one of the three segments of the finished token. */
const onSegment = (change) => (draft, chance) => {
  const at = chance.below(3);
  draft.token = (token) => token.split(".").map((segment, index) => (index === at ? change(segment, chance) : segment)).join(".");
};

const encoding = {
  "a segment is padded": onSegment((segment) => segment.padEnd(Math.ceil(segment.length / 4) * 4, "=") + (segment.length % 4 ? "" : "=")),
  "a segment has white space": onSegment((segment, chance) => segment.slice(0, 5) + chance.pick([" ", "\n", "\t", "\r\n"]) + segment.slice(5)),
  "a segment has unused bits": onSegment((segment) => segment.slice(0, -1) + ALPHABET[(ALPHABET.indexOf(segment.at(-1)) ^ 1) & 63]),
  "a segment has the other alphabet": onSegment((segment) => segment.replace(/[-_A]/, (it) => ({ "-": "+", _: "/", A: "+" })[it])),
  "a segment has a strange character": onSegment((segment, chance) => segment.slice(0, 4) + chance.pick(["!", "%41", "é", "\0", "*"]) + segment.slice(5)),
  "a segment is empty": onSegment(() => ""),
  "a segment is cut": onSegment((segment, chance) => segment.slice(0, -chance.pick([1, 2, 3, 4]))),
  "a character is changed": onSegment((segment, chance) => {
    const at = chance.below(segment.length);
    return segment.slice(0, at) + ALPHABET[(ALPHABET.indexOf(segment[at]) + 7) & 63] + segment.slice(at + 1);
  }),
  "there are more segments": (draft, chance) => (draft.token = (token) => token + chance.pick([".", ".x", "..", ".."])),
  "there are fewer segments": (draft, chance) => (draft.token = (token) => token.split(".").slice(0, chance.below(3)).join(".")),
  "there is something around the token": (draft, chance) => (draft.token = (token) => chance.pick([` ${token}`, `${token} `, `${token}\n`, `Bearer ${token}`, `"${token}"`, `\ufeff${token}`])),
};
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const signature = {
  "another key has signed": (draft) => (draft.signer = "stranger"),
  "another hash is signed": (draft, chance) => (draft.hash = chance.pick(["sha1", "sha384", "sha512"])),
  "it is signed with PSS": (draft) => (draft.padding = "pss"),
  "the signature is longer by a zero": (draft) => (draft.signatureBytes = (bytes) => Buffer.concat([Buffer.alloc(1), bytes])),
  "the signature is all zero": (draft) => (draft.signatureBytes = (bytes) => Buffer.alloc(bytes.length)),
  "the signature is the modulus": (draft) => (draft.signatureBytes = () => draft.modulus),
  "the signature is that of another token": (draft) => (draft.signedInput = (input) => input.slice(0, -1)),
};

const keys = {
  "two keys have one kid": (draft) => (draft.otherKey.kid = "a"),
  "the key is listed twice": (draft) => draft.jwks.keys.push({ ...draft.key }),
  "the key has no kid": (draft) => delete draft.key.kid,
  "the key has no alg": (draft) => delete draft.key.alg,
  "the key is for another alg": (draft, chance) => (draft.key.alg = chance.pick(["RS384", "PS256", "RSA-OAEP", "rs256"])),
  "the key has no use": (draft) => delete draft.key.use,
  "the key is for encryption": (draft) => (draft.key.use = "enc"),
  "the key may verify": (draft) => (draft.key.key_ops = ["verify"]),
  "the key may not verify": (draft, chance) => (draft.key.key_ops = chance.pick([["encrypt"], [], ["verify", "verify"], "verify"])),
  "the key is short": (draft) => (draft.key.n = draft.key.n.slice(0, 171)),
  "the key has another exponent": (draft, chance) => (draft.key.e = chance.pick(["Aw", "AQ", "AAEAAQ", "AgAA"])),
  "the modulus has a leading zero": (draft) => (draft.key.n = Buffer.concat([Buffer.alloc(1), draft.modulus]).toString("base64url")),
  "the modulus is padded": (draft) => (draft.key.n += "=="),
  "the set has keys of other kinds": (draft) => draft.jwks.keys.unshift({ kty: "EC", crv: "P-256", x: "x", y: "y", kid: "a" }, { kty: "oct", k: "c2VjcmV0", kid: "a", alg: "HS256" }),
  "the key is the only one": (draft) => (draft.jwks.keys = [draft.key]),
  "the key is the only one, and kid is absent": (draft) => {
    draft.jwks.keys = [draft.key];
    delete draft.header.kid;
  },
  "the set has the private key": (draft) => (draft.key.d = draft.key.n),
};
