"""Rules of plain key sets, as JWKS and as PEM."""

import math

from .material import ALICE, BOB, STRANGER, Key, b64, uint
from .vector import HEADER, OK, Room, jwks, refused, token, without

WEAK, SHORT = Key("weak-1024", 1024), Key("short-2047", 2047)
THREE = Key("exponent-3", 2048, 3)
LARGEST = Key("largest-8192", 8192)


def refusal(code: str) -> dict:
    return {"key_set_code": code}


def vectors():
    room = Room()
    passed_over(room)
    jwks_as_a_whole(room)
    keys(room)
    pem(room)
    return room.found


def passed_over(room):
    room.group(500)
    ec = {"kty": "EC", "crv": "P-256", "kid": "ec", "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)}
    for name, jwk in {
        "an-unknown-type": {"kty": "AKP", "kid": "x"}, "an-elliptic-curve-key": ec, "an-ed25519-key": {"kty": "OKP", "crv": "Ed25519", "x": b64(b"\3" * 32)},
        "a-secret-key": {"kty": "oct", "k": "AAAA", "kid": ALICE.kid}, "a-type-in-lower-case": BOB.jwk(kty="rsa"),
        "an-encryption-key": BOB.jwk(use="enc", alg="RSA-OAEP"), "a-key-for-another-algorithm": BOB.jwk(alg="PS256"),
        "a-key-that-only-encrypts": BOB.jwk(use=None, key_ops=["encrypt"]), "a-weak-key-for-encryption": WEAK.jwk(use="enc"),
        "another-key-of-the-same-kid-and-another-type": ec | {"kid": ALICE.kid},
    }.items():
        room.add(f"{name}-is-passed-over", "a set may contain keys that are not for RS256", "RFC 7517 5", OK,
                 key_set=jwks(jwk, ALICE))
    room.add("a-key-for-another-algorithm-verifies-nothing", "a key is used with one algorithm", "RFC 8725 3.1",
             refused("kid_unknown"), key_set=jwks(ALICE.jwk(alg="RS512"), BOB))
    room.add("a-key-without-use-and-alg-verifies", "use and alg are optional", "RFC 7517 4.2", OK,
             key_set=jwks(ALICE.jwk(use=None, alg=None)))
    room.add("a-key-that-verifies-by-key-ops-verifies", "key_ops may list verify", "RFC 7517 4.3", OK,
             key_set=jwks(ALICE.jwk(use=None, key_ops=["sign", "verify"])))
    room.add("a-key-has-any-name", "a kid in a plain set is any string", "RFC 7517 4.5", OK,
             token(HEADER | {"kid": "2026-é"}), jwks(ALICE.jwk(kid="2026-é")))
    for kid in ("__proto__", "constructor", ""):
        room.add(f"a-key-has-the-name-{kid or 'empty'}", "no name is special", "RFC 7517 4.5", OK,
                 token(HEADER | {"kid": kid}), jwks(ALICE.jwk(kid=kid)))
    room.add("a-key-without-kid-has-its-thumbprint", "a key without a name is named by its thumbprint", "RFC 7638", OK,
             key_set=jwks(ALICE.jwk(kid=None)))
    room.add("a-key-of-8192-bits-verifies", "8192 bits are the largest size", "limits", OK,
             token(HEADER | {"kid": LARGEST.kid}, key=LARGEST), jwks(LARGEST))
    room.add("unknown-members-are-ignored", "members that are not known are ignored", "RFC 7517 4", OK,
             key_set={"jwks": {"keys": [ALICE.jwk(x5c=7, ext=True)], "issuer": 7}})


def jwks_as_a_whole(room):
    room.group(530)
    malformed = refusal("key_set_malformed")
    for name, value in {"without-keys": {}, "with-keys-as-an-object": {"keys": {"a": ALICE.jwk()}}, "with-keys-as-null": {"keys": None},
                        "that-is-a-key": ALICE.jwk(), "with-a-key-as-text": {"keys": ["RSA"]}, "with-a-key-as-null": {"keys": [None]}}.items():
        room.add(f"a-set-{name}-is-refused", "a JWK Set is an object with a list of objects", "RFC 7517 5", malformed,
                 key_set={"jwks": value})
    for name, members in {"an-empty-set": [], "a-set-without-rsa-keys": [{"kty": "EC"}], "a-set-of-encryption-keys": [ALICE.jwk(use="enc")]}.items():
        room.add(f"{name}-is-refused", "a set has a key that can verify", "RFC 7517 5", refusal("no_usable_key"), key_set=jwks(*members))
    room.add("two-keys-of-one-name-are-refused", "a name stands for one key", "RFC 7517 4.5", refusal("duplicate_kid"),
             key_set=jwks(ALICE, BOB.jwk(kid=ALICE.kid)))
    room.add("one-key-twice-is-refused", "a name stands for one key", "RFC 7517 4.5", refusal("duplicate_kid"), key_set=jwks(ALICE, ALICE))
    room.add("a-set-above-the-limit-of-keys-is-refused", "the number of keys is limited", "limits", refusal("too_many_keys"),
             key_set=jwks(ALICE, BOB, STRANGER), policy={"limits": {"keys": 2}})
    room.add("a-set-at-the-limit-of-keys-is-accepted", "the limit itself is allowed", "limits", OK, policy={"limits": {"keys": 2}})
    room.add("a-set-above-the-limit-of-bytes-is-refused", "the length is checked before the set is read", "limits",
             refusal("key_set_too_large"), policy={"limits": {"key_set_bytes": 400}})


def keys(room):
    room.group(550)
    size, malformed = refusal("key_too_small"), refusal("key_malformed")
    even = ALICE.n - 1
    for name, jwk, code in [
        ("of-1024-bits", WEAK.jwk(), size), ("of-2047-bits", SHORT.jwk(), size), ("of-one-bit", ALICE.jwk(n="AQ"), size),
        ("of-8193-bits", ALICE.jwk(n=uint((1 << 8192) + 1)), refusal("key_too_large")),
        ("of-16384-bits", ALICE.jwk(n=uint((1 << 16384) - 1)), refusal("key_too_large")),
        ("with-an-even-modulus", ALICE.jwk(n=uint(even)), refusal("modulus_even")),
        ("with-exponent-3", THREE.jwk(), refusal("exponent_not_allowed")),
        ("with-exponent-1", ALICE.jwk(e="AQ"), refusal("exponent_not_allowed")),
        ("with-exponent-2", ALICE.jwk(e="Ag"), refusal("exponent_not_allowed")),
        ("with-an-even-exponent", ALICE.jwk(e=uint(65536)), refusal("exponent_not_allowed")),
        ("with-exponent-65539", ALICE.jwk(e=uint(65539)), refusal("exponent_not_allowed")),
        ("with-an-exponent-as-large-as-the-modulus", ALICE.jwk(e=uint(ALICE.n - 2)), refusal("exponent_not_allowed")),
        ("with-exponent-zero", ALICE.jwk(e="AA"), malformed), ("with-an-empty-exponent", ALICE.jwk(e=""), malformed),
        ("with-an-empty-modulus", ALICE.jwk(n=""), malformed),
        ("with-a-zero-before-the-modulus", ALICE.jwk(n=b64(b"\0" + ALICE.n.to_bytes(256, "big"))), malformed),
        ("with-a-zero-before-the-exponent", ALICE.jwk(e=b64(b"\0\1\0\1")), malformed),
        ("with-a-padded-modulus", ALICE.jwk(n=uint(ALICE.n) + "=="), malformed),
        ("with-a-modulus-in-the-standard-alphabet", ALICE.jwk(n=uint(ALICE.n)[:-4] + "+/+/"), malformed),
        ("with-white-space-in-the-modulus", ALICE.jwk(n=uint(ALICE.n) + "\n"), malformed),
        ("with-a-modulus-as-a-number", ALICE.jwk(n=ALICE.e), malformed), ("with-an-exponent-as-a-number", ALICE.jwk(e=65537), malformed),
        ("without-a-modulus", ALICE.jwk(n=None), malformed), ("without-an-exponent", ALICE.jwk(e=None), malformed),
        ("without-a-type", ALICE.jwk(kty=None), malformed), ("with-a-type-as-a-list", ALICE.jwk(kty=["RSA"]), malformed),
        ("with-a-kid-as-a-number", ALICE.jwk(kid=7), malformed), ("with-a-kid-of-257-bytes", ALICE.jwk(kid="k" * 257), malformed),
        ("with-a-use-as-a-list", ALICE.jwk(use=["sig"]), malformed), ("with-key-ops-as-text", ALICE.jwk(key_ops="verify"), malformed),
        ("with-an-operation-twice", ALICE.jwk(key_ops=["verify", "verify"]), malformed),
        ("with-an-alg-as-a-number", ALICE.jwk(alg=256), malformed),
        ("that-is-private", ALICE.private_jwk(), refusal("private_key_in_set")),
        ("with-a-single-private-member", ALICE.jwk(dp="AQ"), refusal("private_key_in_set")),
        ("that-is-private-and-for-encryption", ALICE.private_jwk() | {"use": "enc"}, refusal("private_key_in_set")),
        ("with-the-form-of-roca", ALICE.jwk(n=uint(of_the_form_of_roca())), refusal("modulus_weak")),
    ]:
        room.add(f"a-key-{name}-is-refused", "a key that breaks a rule refuses the set, so that no key is missed silently",
                 "RFC 7518 6.3.1", code, key_set=jwks(BOB, jwk))


def of_the_form_of_roca() -> int:
    """A number of 2048 bits that is a power of 65537 modulo each prime up to 701 (CVE-2017-15361)."""
    product = math.prod(number for number in range(2, 702) if all(number % it for it in range(2, number)))
    return pow(65537, 2017, product) + (((1 << 2047) // product) + 15361) * product


def pem(room):
    room.group(600)
    for name, format in {"spki": "SubjectPublicKeyInfo", "pkcs1": "PKCS1"}.items():
        room.add(f"a-key-in-{name}-pem-verifies", "PEM holds a public key in either form", "RFC 7468 13", OK,
                 key_set={"pem": [ALICE.pem(format)]})
    room.add("a-token-without-kid-verifies-with-pem", "a key in PEM has no name of its own", "policy", OK,
             token(without(HEADER, "kid")), {"pem": [BOB.pem(), ALICE.pem()]}, {"allow_missing_kid": True})
    room.add("two-keys-in-one-text-verify", "a text may hold several blocks", "RFC 7468 2", OK, key_set={"pem": [BOB.pem() + ALICE.pem("PKCS1")]})
    room.add("pem-with-other-line-ends-verifies", "line ends are white space", "RFC 7468 2", OK,
             key_set={"pem": ["\n" + ALICE.pem().replace("\n", "\r\n") + "\n"]})
    malformed = refusal("pem_malformed")
    whole = ALICE.pem()
    for name, text in {
        "that-is-empty": "", "that-is-text": "hello", "without-an-end": whole[:-20], "without-dashes": whole.replace("-", ""),
        "with-another-label": whole.replace("PUBLIC KEY", "CERTIFICATE"), "with-labels-that-differ": whole.replace("END PUBLIC", "END RSA PUBLIC"),
        "with-broken-base64": whole.replace("MII", "M!I"), "with-cut-off-content": whole.replace(whole.splitlines()[-2], ""),
        "of-pkcs1-with-the-label-of-spki": ALICE.pem("PKCS1").replace("RSA PUBLIC", "PUBLIC"), "followed-by-text": whole + "x",
        "in-one-base64-line": "".join(whole.splitlines()[1:-1]),
    }.items():
        room.add(f"pem-{name}-is-refused", "PEM is a block around DER", "RFC 7468 2", malformed, key_set={"pem": [text]})
    room.add("a-private-key-in-pem-is-refused", "a private key has no place in a verifier", "RFC 7468 10",
             refusal("private_key_in_set"), key_set={"pem": [ALICE.private_pem()]})
    room.add("a-weak-key-in-pem-is-refused", "the rules for keys hold in every form", "RFC 7518 3.3", refusal("key_too_small"),
             key_set={"pem": [WEAK.pem()]})
    room.add("exponent-3-in-pem-is-refused", "the rules for keys hold in every form", "RFC 7518 3.3", refusal("exponent_not_allowed"),
             key_set={"pem": [THREE.pem()]})
    room.add("one-pem-key-twice-is-refused", "a name stands for one key", "RFC 7517 4.5", refusal("duplicate_kid"),
             key_set={"pem": [ALICE.pem(), ALICE.pem("PKCS1")]})
