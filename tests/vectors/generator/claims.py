"""Rules of the claims."""

from .material import compact
from .vector import AUDIENCE, CLAIMS, HEADER, ISSUER, NOW, OK, Room, refused, token, without


def vectors():
    room = Room()
    text(room)
    times(room)
    age(room)
    issuer(room)
    audience(room)
    others(room)
    access_tokens(room)
    return room.found


def text(room):
    room.group(300)
    plain = compact(CLAIMS)
    for name, claims in {
        "a-list": b"[]", "a-string": b'"claims"', "text": b"hello", "empty": b"", "cut-off": plain[:-1],
        "followed-by-text": plain + b" x", "with-a-byte-order-mark": b"\xef\xbb\xbf" + plain,
        "in-utf-16": plain.decode().encode("utf-16-le"), "in-utf-32": plain.decode().encode("utf-32-be"),
        "with-an-overlong-character": plain[:-1] + b',"x":"\xc0\x80"}', "in-latin-1": plain[:-1] + b',"x":"\xe9"}',
        "with-a-lone-surrogate": plain[:-1] + b',"x":"\\udc00"}', "with-infinity": plain[:-1] + b',"x":Infinity}',
        "with-a-raw-line-break": plain[:-1] + b',"x":"\n"}', "nested-too-deeply": plain[:-1] + b',"x":' + b'{"a":' * 128 + b"1" + b"}" * 129,
        "nested-without-end": b'{"a":' * 900,
    }.items():
        room.add(f"claims-{name}-are-refused", "the claims are one JSON object in UTF-8, by the grammar", "RFC 7519 7.2",
                 refused("claims_malformed"), token(claims=claims))
    for name, extra in {
        "exp": b',"exp":9999999999', "sub-spelled-with-escapes": b',"\\u0073ub":"admin"', "a-nested-claim": b',"x":{"y":1,"y":1}',
        "a-claim-in-a-list": b',"x":[[{"":0,"":0}]]',
    }.items():
        room.add(f"{name}-twice-in-the-claims-is-refused", "a claim is named once", "RFC 7519 4",
                 refused("duplicate_member"), token(claims=plain[:-1] + extra + b"}"))


def raw(name: str, value: str) -> bytes:
    """The usual claims, one of them with a value as JSON text."""
    return compact(without(CLAIMS, name))[:-1] + f',"{name}":{value}}}'.encode()


NO_DATES = {
    "text": '"1900000000"', "null": "null", "true": "true", "a-list": "[1900000000]", "an-object": "{}",
    "a-date": '"2030-01-01T00:00:00Z"', "too-large-a-number": "1e400",
}


def times(room):
    room.group(330)
    expired = refused("token_expired", "exp", "mismatch")
    for name, exp, expect in [
        ("now-is-within-the-leeway", NOW, OK), ("one-second-before-the-leeway-ends-is-accepted", NOW - 29, OK),
        ("at-the-end-of-the-leeway-is-refused", NOW - 30, expired), ("long-ago-is-refused", NOW - 9999, expired),
        ("zero-is-refused", 0, expired), ("negative-is-refused", -1, expired),
    ]:
        room.add(f"exp-{name}", "a token is expired when now has reached exp plus leeway", "RFC 7519 4.1.4", expect,
                 token(claims=CLAIMS | {"exp": exp}))
    for exp, expect in [(NOW + 1, OK), (NOW, expired)]:
        room.add(f"exp-{exp - NOW}-seconds-ahead-without-leeway", "on or after exp a token is expired", "RFC 7519 4.1.4",
                 expect, token(claims=CLAIMS | {"exp": exp}), policy={"leeway": 0})
    for name, exp, expect in [
        ("with-a-fraction-is-accepted", f"{NOW}.5", OK), ("with-a-fraction-is-refused-once-reached", f"{NOW - 1}.5", expired),
        ("with-an-exponent-is-accepted", "1.9e9", OK), ("beyond-what-an-integer-holds-is-accepted", "99999999999999999999", OK),
    ]:
        room.add(f"exp-{name}", "a NumericDate is any JSON number", "RFC 7519 2", expect, token(claims=raw("exp", exp)),
                 policy={"leeway": 0})
    for claim, source in [("exp", "4.1.4"), ("nbf", "4.1.5"), ("iat", "4.1.6")]:
        for name, value in NO_DATES.items():
            room.add(f"{claim}-as-{name}-is-refused", "a date of the wrong type is an error, never absent",
                     f"RFC 7519 {source}", refused("claim_malformed", claim, "malformed"), token(claims=raw(claim, value)),
                     policy={"required_claims": []})
    missing = refused("claim_missing", "exp", "missing")
    room.add("a-missing-exp-is-refused", "exp is required unless the policy lifts it", "policy", missing,
             token(claims=without(CLAIMS, "exp")))
    room.add("a-missing-exp-is-accepted-by-policy", "the policy may lift the requirement", "policy", OK,
             token(claims=without(CLAIMS, "exp")), policy={"required_claims": []})
    early = refused("token_not_yet_valid", "nbf", "mismatch")
    for name, nbf, expect in [
        ("now-is-accepted", NOW, OK), ("within-the-leeway-is-accepted", NOW + 30, OK), ("beyond-the-leeway-is-refused", NOW + 31, early),
        ("before-1970-is-accepted", -1, OK), ("far-ahead-is-refused", 99999999999, early),
    ]:
        room.add(f"nbf-{name}", "a token is not valid before nbf minus leeway", "RFC 7519 4.1.5", expect,
                 token(claims=CLAIMS | {"nbf": nbf}))


def age(room):
    room.group(380)
    policy = {"max_token_age": 600}
    old = refused("token_too_old", "iat", "mismatch")
    for name, iat, expect in [
        ("young-enough-is-accepted", NOW - 600, OK), ("within-the-leeway-is-accepted", NOW - 630, OK),
        ("too-old-is-refused", NOW - 631, old), ("ahead-within-the-leeway-is-accepted", NOW + 30, OK),
        ("ahead-is-refused", NOW + 31, refused("token_not_yet_valid", "iat", "mismatch")),
    ]:
        room.add(f"a-token-{name}", "the policy limits the age of a token", "RFC 7519 4.1.6", expect,
                 token(claims=CLAIMS | {"iat": iat}), policy=policy)
    room.add("a-token-of-unknown-age-is-refused", "the age is known by iat", "RFC 7519 4.1.6",
             refused("claim_missing", "iat", "missing"), token(claims=without(CLAIMS, "iat")), policy=policy)
    room.add("iat-ahead-is-accepted-without-a-maximum-age", "iat has no rule of its own", "RFC 7519 4.1.6", OK,
             token(claims=CLAIMS | {"iat": NOW + 9999}))


def issuer(room):
    room.group(390)
    mismatch = refused("issuer_mismatch", "iss", "mismatch")
    for name, iss in {
        "another": "https://other.example", "a-prefix": ISSUER[:-1], "a-suffix": ISSUER + "/", "another-case": ISSUER.upper(),
        "empty": "", "with-a-space": ISSUER + " ", "with-a-zero-byte": ISSUER + "\0",
    }.items():
        room.add(f"iss-{name}-is-refused", "the issuer is compared whole", "RFC 7519 4.1.1", mismatch,
                 token(claims=CLAIMS | {"iss": iss}))
    room.add("a-missing-iss-is-refused", "an expected issuer is required", "RFC 7519 4.1.1",
             refused("claim_missing", "iss", "missing"), token(claims=without(CLAIMS, "iss")))
    for name, iss in {"a-list": [ISSUER], "null": None, "a-number": 1, "an-object": {"url": ISSUER}}.items():
        room.add(f"iss-as-{name}-is-refused", "iss is a string", "CVE-2025-30144", refused("claim_malformed", "iss", "malformed"),
                 token(claims=CLAIMS | {"iss": iss}))
    room.add("one-of-several-issuers-is-accepted", "a policy may take several issuers", "policy", OK,
             policy={"issuer": ["https://other.example", ISSUER]})
    room.add("iss-is-not-checked-by-policy", "the policy may say that the issuer is not checked", "policy", OK,
             token(claims=without(CLAIMS, "iss")), policy={"issuer": None})
    room.add("iss-is-a-string-even-where-it-is-not-checked", "a claim of the wrong type is an error", "RFC 7519 4.1.1",
             refused("claim_malformed", "iss", "malformed"), token(claims=CLAIMS | {"iss": 7}), policy={"issuer": None})


def audience(room):
    room.group(420)
    mismatch = refused("audience_mismatch", "aud", "mismatch")
    for name, aud, expect in [
        ("in-a-list-is-accepted", [AUDIENCE], OK), ("among-others-is-accepted", ["a", AUDIENCE, "b"], OK),
        ("another-is-refused", "other", mismatch), ("others-are-refused", ["a", "b"], mismatch),
        ("an-empty-list-is-refused", [], mismatch), ("empty-is-refused", "", mismatch), ("a-prefix-is-refused", AUDIENCE[:-1], mismatch),
        ("a-suffix-is-refused", AUDIENCE + ".evil", mismatch), ("another-case-is-refused", AUDIENCE.upper(), mismatch),
        ("a-list-in-text-is-refused", f'["{AUDIENCE}"]', mismatch), ("separated-by-spaces-is-refused", f"a {AUDIENCE}", mismatch),
    ]:
        room.add(f"aud-{name}", "one of the audiences is the expected one, compared whole", "RFC 7519 4.1.3", expect,
                 token(claims=CLAIMS | {"aud": aud}))
    for name, aud in {"null": None, "a-number": 7, "an-object": {AUDIENCE: 1}, "a-list-with-a-number": [AUDIENCE, 7],
                      "a-list-in-a-list": [[AUDIENCE]], "true": True}.items():
        room.add(f"aud-as-{name}-is-refused", "aud is a string or a list of strings", "RFC 7519 4.1.3",
                 refused("claim_malformed", "aud", "malformed"), token(claims=CLAIMS | {"aud": aud}))
    room.add("a-missing-aud-is-refused", "an expected audience is required", "RFC 7519 4.1.3",
             refused("claim_missing", "aud", "missing"), token(claims=without(CLAIMS, "aud")))
    room.add("one-of-several-audiences-is-accepted", "a policy may take several audiences", "policy", OK,
             policy={"audience": ["other", AUDIENCE]})
    room.add("aud-is-not-checked-by-policy", "the policy may say that the audience is not checked", "policy", OK,
             token(claims=CLAIMS | {"aud": "other"}), policy={"audience": None})


def others(room):
    room.group(450)
    for claim in ("sub", "jti", "sid", "client_id"):
        room.add(f"{claim}-as-a-number-is-refused", "a claim that rules are made by is a string", "RFC 7519 4.1",
                 refused("claim_malformed", claim, "malformed"), token(claims=CLAIMS | {claim: 7}))
    policy = {"required_claims": ["exp", "sub", "tenant"]}
    room.add("a-required-claim-is-there", "the policy may require any claim", "policy", OK,
             token(claims=CLAIMS | {"tenant": 7}), policy=policy)
    room.add("a-required-claim-is-missing", "the policy may require any claim", "policy",
             refused("claim_missing", "tenant", "missing"), policy=policy)
    room.add("a-required-claim-inside-another-is-missing", "a claim is a member of the outermost object", "RFC 7519 3",
             refused("claim_missing", "tenant", "missing"), token(claims=CLAIMS | {"x": {"tenant": 7}}), policy=policy)
    room.add("proto-is-a-claim-like-others", "no name is special", "policy",
             refused("claim_missing", "constructor", "missing"), token(claims=CLAIMS | {"__proto__": {"constructor": 1}}),
             policy={"required_claims": ["constructor"]})


def access_tokens(room):
    """The profile of RFC 9068, as a policy."""
    room.group(470)
    claims = CLAIMS | {"client_id": "app", "jti": "t-1"}
    policy = {"typ": ["at+jwt"], "required_claims": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]}
    header = HEADER | {"typ": "at+jwt"}
    room.add("an-access-token-is-accepted", "the profile of access tokens is a policy", "RFC 9068 4", OK, token(header, claims), policy=policy)
    room.add("an-access-token-with-typ-in-full-is-accepted", "the type may be written in full", "RFC 9068 4", OK,
             token(header | {"typ": "application/at+jwt"}, claims), policy=policy)
    for name, typ in {"an-id-token": "JWT", "a-logout-token": "logout+jwt", "a-key-set": "jwk-set+jwt"}.items():
        room.add(f"{name}-is-no-access-token", "a token of another kind is refused by its type", "RFC 9068 4",
                 refused("typ_mismatch", reason="mismatch"), token(header | {"typ": typ}, claims), policy=policy)
    room.add("a-token-without-typ-is-no-access-token", "a token of another kind is refused by its type", "RFC 9068 4",
             refused("typ_mismatch", reason="missing"), token(without(header, "typ"), claims), policy=policy)
    for claim in policy["required_claims"]:
        room.add(f"an-access-token-without-{claim}-is-refused", "an access token says all of this", "RFC 9068 2.2",
                 refused("claim_missing", claim, "missing"), token(header, without(claims, claim)), policy=policy)
