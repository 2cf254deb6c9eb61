"""What has been published against other verifiers. Each vector bears the name under which the attack is known."""

import hashlib
import hmac
import zlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import forgeries
from .key_sets import refusal
from .material import ALICE, BOB, STRANGER, b64, certificate, compact, jws, sign
from .vector import CLAIMS, HEADER, NOW, OK, Room, jwks, refused, token, without

ALG = refused("alg_not_allowed", reason="mismatch")
FORGED = refused("signature_invalid")
NO_TOKEN = refused("token_malformed")
BARE = ALICE.jwk(alg=None, use=None)


def vectors():
    room = Room()

    def add(attack, name, rule, expect, text, **more):
        room.add(f"{attack.lower()}-{name}", rule, attack, expect, text, **more)

    room.group(262)
    forgeries.vectors(add)
    room.group(900)

    secrets(add)
    algorithms(add)
    serializations(add)
    encryption(add)
    keys(add)
    spellings(add)
    dates(add)
    return room.found


def unsigned(header: dict, claims=CLAIMS) -> str:
    return f"{b64(compact(header))}.{b64(compact(claims))}"


def mac(secret: bytes, bits: int = 256, **header) -> str:
    message = unsigned({"alg": f"HS{bits}", "typ": "JWT", "kid": ALICE.kid} | header)
    return f"{message}.{b64(hmac.new(secret, message.encode(), getattr(hashlib, f'sha{bits}')).digest())}"


def secrets(add):
    rule = "a public key is never a secret, in whatever form it is written"
    pem = ALICE.pem()
    for name, secret in {
        "an-ssh-key": ALICE.ssh(), "a-certificate": certificate(ALICE),
        "the-base64-of-the-pem": "".join(pem.splitlines()[1:-1]).encode(), "pem-with-windows-line-ends": pem.replace("\n", "\r\n").encode(),
    }.items():
        add("CVE-2017-11424", f"hs256-with-{name}-as-secret", rule, ALG, mac(secret))
    for bits in (384, 512):
        add("CVE-2016-10555", f"hs{bits}-with-pem-as-secret", rule, ALG, mac(pem.encode(), bits))
    for name, secret in {"leading-white-space": "\n\t" + pem, "a-byte-order-mark": "\ufeff" + pem, "text-before": "key:\n" + pem}.items():
        add("CVE-2026-34950", f"hs256-with-pem-behind-{name}", rule, ALG, mac(secret.encode()))
    add("CVE-2026-44351", "hs256-with-nothing-and-an-unknown-kid", "a key that is not found is no empty secret", ALG,
        mac(b"", kid="unknown"))
    add("CVE-2026-45363", "hs512-with-nothing", "a key that is not found is no empty secret", ALG, mac(b"", 512, kid=""))
    add("CVE-2025-65945", "hs256-with-a-secret-named-by-the-token", "what the token says is no key material", ALG,
        mac(b"secret", kid="secret"))


def algorithms(add):
    rule = "the key set does not leave the algorithm to the token"
    bare = jwks(BARE)
    add("CVE-2026-22817", "hs256-where-the-key-names-no-algorithm", rule, ALG, mac(ALICE.pem().encode()), key_set=bare)
    add("CVE-2026-22818", "rs512-where-the-key-names-no-algorithm", rule, ALG, token(HEADER | {"alg": "RS512"}), key_set=bare)
    add("CVE-2026-28802", "none-where-the-key-names-no-algorithm", rule, ALG, unsigned(HEADER | {"alg": "none"}) + ".", key_set=bare)
    add("CVE-2022-23540", "none-with-an-empty-policy", "nothing that a policy leaves out allows an unsigned token", ALG,
        unsigned(HEADER | {"alg": "none"}) + ".", policy={"issuer": None, "audience": None, "required_claims": [], "allow_missing_kid": True})
    add("CVE-2022-21449", "es256-with-r-and-s-zero", "another algorithm is refused before its signature is looked at", ALG,
        unsigned(HEADER | {"alg": "ES256"}) + "." + b64(bytes(64)))
    add("CVE-2020-28042", "rs256-with-a-signature-of-null", "a signature that is absent is no signature", FORGED,
        unsigned(HEADER) + "." + b64(b"null"))


def serializations(add):
    protected, payload, signature = token().split(".")
    one = {"protected": protected, "signature": signature}
    forged = unsigned(HEADER, CLAIMS | {"sub": "admin"})
    for attack, name, value in [
        ("GHSA-jc38-x7x8-2xc8", "an-algorithm-in-an-unprotected-header",
         {"payload": payload, "header": {"alg": "none", "kid": ALICE.kid}, "signature": ""}),
        ("CVE-2016-9122", "several-signatures", {"payload": payload, "signatures": [one, one]}),
    ]:
        add(attack, name, "only the compact serialization is read", NO_TOKEN, compact(value).decode())
    polyglot = {f"  {forged}.": "", "protected": protected, "payload": payload, "signature": signature}
    add("CVE-2022-39227", "a-forged-token-inside-json", "text is one serialization or none, never two", refused("base64url_invalid"),
        compact(polyglot).decode())
    add("RFC8725bis-3.14", "braces-around-a-token", "only letters, digits, - and _ stand between the dots", refused("base64url_invalid"),
        "{" + token() + "}")
    add("CVE-2019-18848", "a-forged-token-before-a-true-one", "a token has exactly three segments", NO_TOKEN, f"{forged}..{token()}")


def encryption(add):
    """There is no code for JWE, and these are here to stay refused."""
    none = unsigned({"alg": "none"}) + "."

    def direct(plain: bytes, **header) -> str:
        protected = b64(compact({"alg": "dir", "enc": "A128GCM"} | header))
        sealed = AESGCM(bytes(16)).encrypt(bytes(12), plain, protected.encode())
        return f"{protected}..{b64(bytes(12))}.{b64(sealed[:-16])}.{b64(sealed[-16:])}"

    rule = "what is encrypted is not signed"
    add("CVE-2026-29000", "an-unsigned-token-that-is-encrypted", rule, NO_TOKEN, direct(none.encode(), cty="JWT"))
    add("CVE-2023-51774", "encrypted-claims", rule, NO_TOKEN, direct(compact(CLAIMS)))
    add("CVE-2024-28180", "compressed-and-encrypted-claims", "nothing is ever inflated", NO_TOKEN,
        direct(zlib.compress(bytes(100_000))[2:-4], zip="DEF"))
    add("CVE-2024-28180", "compressed-claims-that-are-signed", "nothing is ever inflated", refused("claims_malformed"),
        jws(HEADER | {"zip": "DEF"}, zlib.compress(compact(CLAIMS))[2:-4]))
    slow = {"alg": "PBES2-HS512+A256KW", "enc": "A128GCM", "p2c": 2**31 - 1, "p2s": b64(bytes(16))}
    add("CVE-2023-49290", "two-billion-rounds-of-pbkdf2", "no key is derived from what a token says", NO_TOKEN, direct(compact(CLAIMS), **slow))
    add("CVE-2023-49290", "two-billion-rounds-in-a-signed-token", "no key is derived from what a token says", ALG, token(HEADER | slow))
    add("RFC8725bis-3.3", "an-encrypted-key-in-three-segments", "a JWE does not pass for a JWS", ALG,
        token(HEADER | {"alg": "RSA-OAEP-256", "enc": "A256GCM"}))
    add("RFC7519-5.2", "a-token-in-a-token", "nested tokens are not unwrapped", refused("claims_malformed"),
        jws(HEADER | {"cty": "JWT"}, token().encode()))


def keys(add):
    rule = "a key is believed because it is in the key set"
    nameless = without(HEADER, "kid")
    add("CVE-2026-27962", "an-embedded-key-where-none-is-named", rule, FORGED, token(nameless | {"jwk": STRANGER.jwk()}, key=STRANGER),
        policy={"allow_missing_kid": True})
    for name, url in {"on-this-host": "http://127.0.0.1:9/jwks", "of-the-metadata-service": "http://169.254.169.254/latest",
                      "in-a-file": "file:///etc/keys.json", "with-data": "data:application/json,%7B%7D"}.items():
        for member in ("jku", "x5u"):
            add("CVE-2024-21643", f"{member}-{name}", "no address in a token is visited", FORGED, token(HEADER | {member: url}, key=STRANGER))
    for kid in ("../../dev/null", "' UNION SELECT 'secret", "|sleep 9", "*)(uid=*", "__proto__", "hasOwnProperty"):
        add("RFC8725-3.10", f"hs256-with-the-kid-{''.join(it for it in kid if it.isalnum())}", "a kid names a key of the set and nothing else",
            ALG, mac(b"", kid=kid))
    add("CVE-2023-6237", "a-modulus-of-65536-bits", "a verification has a bounded cost", refusal("key_too_large"), token(),
        key_set=jwks(ALICE.jwk(n=b64(b"\xff" * 8192)), BOB))
    add("CVE-2026-21895", "a-private-key-with-the-prime-one", "private keys are not imported", refusal("private_key_in_set"), token(),
        key_set=jwks(ALICE.jwk(d="AQ", p="AQ", q=ALICE.jwk()["n"])))


def spellings(add):
    plain = compact(CLAIMS)
    add("RFC8725-3.7", "claims-with-cesu-8", "text is UTF-8", refused("claims_malformed"),
        token(claims=plain[:-1] + b',"x":"\xed\xa0\xbd\xed\xb8\x80"}'))
    add("RFC8725-3.7", "claims-in-utf-16-with-a-mark", "text is UTF-8", refused("claims_malformed"), token(claims=plain.decode().encode("utf-16")))
    for attack, name, extra in [
        ("CVE-2025-59420", "a-critical-extension-of-the-attacker", {"crit": ["cnf"], "cnf": {"jkt": "x"}}),
        ("CVE-2026-32597", "a-critical-extension-that-is-absent", {"crit": ["x-mfa"]}),
        ("CVE-2026-35042", "a-critical-member-listed-twice", {"crit": ["x-mfa", "x-mfa"], "x-mfa": True}),
        ("RFC7797-7", "a-payload-that-is-said-to-be-unencoded", {"b64": False, "crit": ["b64"]}),
    ]:
        add(attack, name, "an extension that is not understood is not passed over", refused("crit_not_supported"), token(HEADER | extra))
    add("CVE-2025-30204", "a-token-of-dots", "text full of dots costs no more than three of them", NO_TOKEN, "." * 16384)
    add("CVE-2025-61920", "a-header-of-five-kilobytes", "a header is measured before it is decoded", refused("header_too_large"),
        token(HEADER | {"x": "a" * 5000}))
    add("CVE-2025-61920", "a-token-of-seventeen-kilobytes", "a token is measured before it is decoded", refused("token_too_large"),
        token(claims=CLAIMS | {"x": "a" * 13000}))
    add("CVE-2019-7644", "a-wrong-signature", "a refusal carries a code and no signature", FORGED, sign(unsigned(HEADER), STRANGER))


def dates(add):
    rule = "a date of the wrong type is an error, never absent, whether it is required or not"
    for claim in ("exp", "nbf"):
        for name, value in {"in-text": str(NOW - 9999), "as-an-empty-list": [], "as-false": False}.items():
            for how, required in {"required": ["exp", "nbf"], "optional": []}.items():
                add("CVE-2026-25537", f"{claim}-{name}-{how}", rule, refused("claim_malformed", claim, "malformed"),
                    token(claims=CLAIMS | {"nbf": NOW} | {claim: value}), policy={"required_claims": required})
    plain = compact(without(CLAIMS, "exp"))[:-1]
    for name, value, expect in [
        ("zero", b"0", refused("token_expired", "exp", "mismatch")), ("minus-zero", b"-0", refused("token_expired", "exp", "mismatch")),
        ("infinity", b"Infinity", refused("claims_malformed")), ("nan", b"NaN", refused("claims_malformed")),
        ("a-number-beyond-double", b"1e999", refused("claim_malformed", "exp", "malformed")),
    ]:
        add("CVE-2026-44459", f"exp-of-{name}", "no number and no spelling of one skips a check", expect,
            token(claims=plain + b',"exp":' + value + b"}"))
    add("CVE-2024-51744", "an-expired-token-with-a-wrong-signature", "the signature is judged first", FORGED,
        token(claims=CLAIMS | {"exp": 1}, key=STRANGER))
    mismatch = refused("issuer_mismatch", "iss", "mismatch")
    add("CVE-2024-53861", "an-issuer-that-is-a-part-of-the-expected-one", "the issuer is compared whole", mismatch,
        token(claims=CLAIMS | {"iss": "issuer"}))
    add("CVE-2026-35041", "a-claim-that-regular-expressions-choke-on", "values are compared, never matched against expressions",
        refused("audience_mismatch", "aud", "mismatch"), token(claims=CLAIMS | {"aud": "a" * 4000 + "!"}))
    add("CVE-2020-26160", "an-empty-list-of-audiences", "no audience is not every audience", refused("audience_mismatch", "aud", "mismatch"),
        token(claims=CLAIMS | {"aud": []}))
    add("CVE-2025-62610", "a-token-for-another-service", "the audience is checked", refused("audience_mismatch", "aud", "mismatch"),
        token(claims=CLAIMS | {"aud": "other.example"}))
