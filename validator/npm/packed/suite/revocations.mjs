// Tokens that are revoked by name, in filters beside the signed key set.

import { equal, rejects, throws } from "./cases.mjs";
import { filterOf } from "./filters.mjs";
import { ISSUER, NOW } from "./signer.mjs";

export function revocations(test, { keystile, remote, signer, stranger }) {
  const { KeySet, Validator } = keystile;
  const policy = { issuer: ISSUER, audience: null, now: () => NOW };

  /** A signed key set with a filter, and what lies beside it. */
  const published = async () => {
    const [token, root] = [signer, stranger].map(({ jwk, pem }) => ({ ...jwk, kid: KeySet.fromPem(pem).kids[0] }));
    const { named, values } = await filterOf("jti", "stolen", "unlucky");
    const payload = { format: 1, iss: ISSUER, iat: NOW - 60, exp: NOW + 3600, version: 1, refresh: 5, keys: [token], filters: [named] };
    const jws = await stranger.sign({ alg: "RS256", typ: "jwk-set+jwt", kid: root.kid }, payload);
    const judge = async (validator, jti) => (await validator.checkAsync(await signer.token({ jti }, { kid: token.kid }))).code;
    return { jws, roots: { keys: [root] }, named, values, judge };
  };

  test("a signed key set is not believed without the filters that it names", async () => {
    const { jws, roots, named, values, judge } = await published();
    const options = { issuer: ISSUER, now: NOW };
    const error = throws(() => KeySet.fromSigned(jws, roots, options), { name: "KeySetError", code: "filter_missing" });
    equal(error.filters, [{ name: named.ref, maxBytes: 262_148 }]);
    const changed = values[named.ref].with(40, 0xff);
    throws(() => KeySet.fromSigned(jws, roots, { ...options, filters: { [named.ref]: changed } }), { name: "KeySetError", code: "filter_digest_mismatch" });
    const keySet = KeySet.fromSigned(jws, roots, { ...options, filters: values });
    for (const set of [keySet, KeySet.fromSigned(jws, roots, { ...options, previous: keySet })]) {
      const validator = new Validator(set, policy);
      equal([await judge(validator, "mine"), await judge(validator, "stolen"), await judge(validator, "unlucky")], [undefined, "revocation_unconfirmed", "revocation_unconfirmed"]);
    }
  });

  test("a remote key set fetches the filters, and the lists that say whether a hit means something", async () => {
    const { jws, roots, values, judge } = await published();
    const asked = [];
    const fetch = async (url) => {
      const name = decodeURIComponent(new URL(url).pathname.slice("/keys/".length));
      asked.push(name);
      return name === "" ? new Response(jws) : new Response(values[name], { status: values[name] ? 200 : 404 });
    };
    const set = remote.remoteKeySet("https://keys.example/keys", { roots, issuer: ISSUER, fetch, background: false, now: () => NOW });
    const validator = new Validator(set, policy);
    equal([await judge(validator, "mine"), await judge(validator, "stolen"), await judge(validator, "unlucky"), await judge(validator, "stolen")], [undefined, "token_revoked", undefined, "token_revoked"]);
    equal(asked, ["", "revoked/stolen", "revoked/stolen/0"]);
    delete values["revoked/stolen"];
    const other = remote.remoteKeySet("https://keys.example/keys", { roots, issuer: ISSUER, fetch, background: false, now: () => NOW });
    await rejects(other.ready(), { name: "KeySetFetchError", code: "fetch_status" });
  });
}
