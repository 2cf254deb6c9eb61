"""Rules of the token as text, its header and its signature."""

import hashlib
import hmac

from .material import ALICE, BOB, STRANGER, Key, b64, compact, sign, unb64
from .vector import CLAIMS, HEADER, NOW, OK, Room, jwks, refused, token, without

LARGER = [Key("token-3072", 3072), Key("token-4096", 4096)]
EMBEDDED = STRANGER.jwk()
LOOSE_BITS = "bits that carry nothing are zero, or one token would have many spellings"


def vectors():
    room = Room()
    accepted(room)
    structure(room)
    base64url(room)
    algorithms(room)
    parameters(room)
    names(room)
    signatures(room)
    return room.found


def accepted(room):
    room.group(1)
    add = room.add
    add("a-valid-token-is-accepted", "a token that breaks no rule is accepted", "RFC 7519 7.2", OK)
    add("another-key-of-the-set-is-accepted", "the key is chosen by kid", "RFC 7515 4.1.4", OK,
        token(HEADER | {"kid": BOB.kid}, key=BOB))
    for key in LARGER:
        add(f"a-key-of-{key.n.bit_length()}-bits-is-accepted", "larger keys than 2048 bits verify", "RFC 7518 3.3", OK,
            token(HEADER | {"kid": key.kid}, key=key), jwks(key))
    add("unknown-header-parameters-are-ignored", "a header parameter that is not known is ignored", "RFC 7515 4", OK,
        token(HEADER | {"x-tenant": {"id": 7}, "cty": "JWT", "zip": "DEF", "x5t": 1}))
    add("unknown-claims-are-ignored", "a claim that is not known is ignored", "RFC 7519 4", OK,
        token(claims=CLAIMS | {"roles": ["a"], "nested": {"exp": "x", "deep": [[{}]]}, "ünïcode": "\u2603"}))
    add("white-space-between-members-is-allowed", "JSON may be spelled with white space", "RFC 8259 2", OK,
        token(b'{ "alg" : "RS256",\r\n\t"kid":"' + ALICE.kid.encode() + b'" }'))
    add("an-escaped-header-is-read", "a name spelled with escapes is the same name", "RFC 8259 8.3", OK,
        token(b'{"\\u0061lg":"RS\\u0032\\u0035\\u0036","kid":"' + ALICE.kid.encode() + b'"}'))


def structure(room):
    room.group(20)
    malformed = refused("token_malformed")
    parts = token().split(".")
    for name, text in {
        "empty-text": "", "one-segment": parts[0], "two-segments": ".".join(parts[:2]),
        "a-trailing-dot": token() + ".", "a-leading-dot": "." + token(), "four-segments": token() + "." + parts[2],
        "five-segments": ".".join(parts + parts[:2]), "a-thousand-dots": "." * 1000,
    }.items():
        room.add(f"{name}-is-no-token", "a token has exactly three segments", "RFC 7515 7.1", malformed, text)
    flattened = compact({"protected": parts[0], "payload": parts[1], "signature": parts[2]}).decode()
    room.add("json-serialization-is-no-token", "only the compact serialization is read", "RFC 7519 1", malformed, flattened)
    room.add("empty-segments-are-refused", "an empty header is no JSON object", "RFC 7515 5.2",
             refused("header_malformed"), "..")
    room.add("an-empty-payload-is-refused", "an empty payload is not what was signed", "RFC 7515 5.2",
             refused("signature_invalid"), f"{parts[0]}..{parts[2]}")
    length = len(token())
    room.add("a-token-at-the-limit-is-accepted", "the limit itself is allowed", "limits", OK,
             policy={"limits": {"token_bytes": length}})
    room.add("a-token-above-the-limit-is-refused", "the length is checked before anything is decoded", "limits",
             refused("token_too_large"), policy={"limits": {"token_bytes": length - 1}})
    header_length = len(compact(HEADER))
    room.add("a-header-at-the-limit-is-accepted", "the limit itself is allowed", "limits", OK,
             policy={"limits": {"header_bytes": header_length}})
    room.add("a-header-above-the-limit-is-refused", "the header is measured before it is decoded", "limits",
             refused("header_too_large"), policy={"limits": {"header_bytes": header_length - 1}})


def base64url(room):
    room.group(40)
    invalid = refused("base64url_invalid")
    header, payload, signature = token().split(".")
    add = lambda name, text, rule="base64url has one spelling: no padding, no white space, no other alphabet": room.add(
        name, rule, "RFC 7515 2", invalid, text)
    # Signed over the loose spelling, so that nothing but strictness refuses it.
    spaced = next(text for text in (b64(compact(HEADER) + b" " * n) for n in range(3)) if len(text) % 4)
    add("a-padded-header-is-refused", sign(f"{spaced}{'=' * (-len(spaced) % 4)}.{payload}"))
    spaced = next(text for text in (b64(compact(CLAIMS) + b" " * n) for n in range(3)) if len(text) % 4)
    add("a-padded-payload-is-refused", sign(f"{header}.{spaced}{'=' * (-len(spaced) % 4)}"))
    add("a-line-break-in-the-payload-is-refused", sign(f"{header}.{payload[:76]}\n{payload[76:]}"))
    loose = next_character(spaced)
    add("unused-bits-in-the-payload-are-refused", sign(f"{header}.{loose}"), LOOSE_BITS)
    other = next(text for text in (b64(compact(CLAIMS | {"x": "~" * n + "?\u00ff"})) for n in range(9)) if {*text} & {*"-_"})
    add("the-standard-alphabet-in-the-payload-is-refused", sign(f"{header}.{other.replace('-', '+').replace('_', '/')}"))
    add("a-padded-signature-is-refused", f"{header}.{payload}.{signature}==")
    add("a-line-break-after-the-token-is-refused", token() + "\n")
    add("a-space-before-the-token-is-refused", " " + token())
    add("a-control-character-is-refused", f"{header}\0.{payload}.{signature}")
    add("a-percent-escape-is-refused", f"{header}.{payload}.{signature}%3D%3D")
    add("text-beyond-ascii-is-refused", f"{header}.{payload}.{signature[:-1]}\u00e9")
    add("quotation-marks-are-refused", f'"{token()}"')
    add("one-character-too-many-is-refused", f"{header}.{payload}.{signature}AAA")
    spelled = next(text for text in (token(claims=CLAIMS | {"n": n}) for n in range(999)) if "-" in text.split(".")[2])
    head, tail = spelled.rsplit(".", 1)
    add("the-standard-alphabet-is-refused", f"{head}.{tail.replace('-', '+').replace('_', '/')}")
    add("unused-bits-in-the-signature-are-refused", f"{header}.{payload}.{next_character(signature)}", LOOSE_BITS)


def next_character(text: str) -> str:
    """The same bytes, spelled with a bit set that carries nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    loose = text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
    assert unb64(loose) == unb64(text)
    return loose


def algorithms(room):
    room.group(60)
    source = "RFC 8725 3.1"

    def unsigned(alg, signature=""):
        header = {"alg": alg, "typ": "JWT", "kid": ALICE.kid}
        return f"{b64(compact(header))}.{b64(compact(CLAIMS))}.{signature}"

    mismatch = refused("alg_not_allowed", reason="mismatch")
    for alg in ("none", "None", "NONE", "nOnE"):
        room.add(f"alg-{alg}-is-refused", "an unsigned token is refused, however none is spelled", source, mismatch,
                 unsigned(alg))
    room.add("alg-none-with-a-signature-is-refused", "the algorithm decides, not the signature", source, mismatch,
             unsigned("none", token().split(".")[2]))
    for name, alg in {
        "in-lower-case": "rs256", "in-mixed-case": "Rs256", "with-a-space-after": "RS256 ", "with-a-space-before": " RS256",
        "with-a-zero-byte": "RS256\0", "empty": "", "RSA256": "RSA256", "RS384": "RS384", "RS512": "RS512", "PS256": "PS256",
        "ES256": "ES256", "EdDSA": "EdDSA", "RSA-OAEP": "RSA-OAEP",
    }.items():
        room.add(f"alg-{name}-is-refused", "RS256 is the only algorithm, and its name is compared exactly",
                 "RFC 7515 4.1.1", mismatch, token(HEADER | {"alg": alg}))
    secrets = {
        "pem": ALICE.pem().encode(), "pem-without-the-last-line-break": ALICE.pem().strip().encode(),
        "pem-with-leading-white-space": b"\n " + ALICE.pem().encode(), "pkcs1-pem": ALICE.pem("PKCS1").encode(),
        "der": ALICE.der(), "pkcs1-der": ALICE.der("PKCS1"), "jwk": compact(ALICE.jwk()),
        "modulus": ALICE.n.to_bytes(256, "big"), "modulus-in-base64url": ALICE.jwk()["n"].encode(), "nothing": b"",
    }
    for name, secret in secrets.items():
        message = unsigned("HS256")[:-1]
        mac = hmac.new(secret, message.encode(), hashlib.sha256).digest()
        room.add(f"hs256-with-{name}-as-secret-is-refused", "a public key is never a secret", "CVE-2015-9235", mismatch,
                 f"{message}.{b64(mac)}")
    room.add("a-missing-alg-is-refused", "a token says how it is signed", "RFC 7515 4.1.1",
             refused("alg_not_allowed", reason="missing"), token(without(HEADER, "alg")))
    for name, value in {"null": None, "a-list": ["RS256"], "a-number": 256, "an-object": {"RS256": 1}}.items():
        room.add(f"alg-as-{name}-is-refused", "the algorithm is a string", "RFC 7515 4.1.1",
                 refused("alg_not_allowed", reason="malformed"), token(HEADER | {"alg": value}))


def parameters(room):
    room.group(120)
    crit = refused("crit_not_supported")
    for name, value in {
        "an-unknown-extension": ["x-exp"], "b64": ["b64"], "a-registered-name": ["alg"], "an-empty-list": [],
        "null": None, "a-string": "exp", "an-object": {}, "a-number-in-a-list": [1],
    }.items():
        room.add(f"crit-with-{name}-is-refused", "no extension is supported, so every crit is refused",
                 "RFC 7515 4.1.11", crit, token(HEADER | {"crit": value, "x-exp": 1}))
    room.add("b64-false-is-refused", "a JWT never has an unencoded payload", "RFC 7797 7", crit, token(HEADER | {"b64": False}))
    room.add("critical-b64-true-is-refused", "crit is refused whatever it lists", "RFC 7515 4.1.11", crit,
             token(HEADER | {"b64": True, "crit": ["b64"]}))
    malformed = refused("header_malformed")
    kid = ALICE.kid.encode()
    plain = b'{"alg":"RS256","kid":"' + kid + b'"}'
    for name, header in {
        "a-list": b'["RS256"]', "a-string": b'"RS256"', "null": b"null", "text": b"RS256", "cut-off": plain[:-1],
        "followed-by-text": plain + b"x", "followed-by-another": plain + plain, "with-a-trailing-comma": plain[:-1] + b",}",
        "with-single-quotes": plain.replace(b'"', b"'"), "with-a-comment": b"/**/" + plain,
        "with-a-byte-order-mark": b"\xef\xbb\xbf" + plain, "in-utf-16": plain.decode().encode("utf-16-le"),
        "in-utf-16-with-mark": plain.decode().encode("utf-16"), "in-utf-32": plain.decode().encode("utf-32-le"),
        "with-an-overlong-character": plain[:-1] + b',"x":"\xc0\xaf"}', "in-latin-1": plain[:-1] + b',"x":"\xe9"}',
        "with-cesu-8": plain[:-1] + b',"x":"\xed\xa0\xbd\xed\xb8\x80"}',
        "with-a-lone-surrogate": plain[:-1] + b',"x":"\\ud83d"}', "with-a-raw-control": plain[:-1] + b',"x":"\x01"}',
        "with-nan": plain[:-1] + b',"x":NaN}', "with-a-leading-zero": plain[:-1] + b',"x":01}',
        "nested-too-deeply": plain[:-1] + b',"x":' + b"[" * 128 + b"]" * 128 + b"}",
    }.items():
        room.add(f"a-header-{name}-is-refused", "the header is one JSON object in UTF-8, by the grammar", "RFC 8259",
                 malformed, token(header))
    room.add("a-header-nested-to-the-limit-is-accepted", "the limit itself is allowed", "limits", OK,
             token(plain[:-1] + b',"x":' + b"[" * 127 + b"]" * 127 + b"}"))
    duplicate = refused("duplicate_member")
    for name, header in {
        "alg": b'{"alg":"none",' + plain[1:], "kid": b'{"kid":"x",' + plain[1:],
        "alg-spelled-with-escapes": b'{"\\u0061lg":"none",' + plain[1:],
        "a-nested-member": plain[:-1] + b',"x":[{"y":{"z":1,"z":2}}]}',
        "an-unknown-member": plain[:-1] + b',"x":1,"x":1}',
    }.items():
        room.add(f"{name}-twice-in-the-header-is-refused", "a member is named once", "RFC 7515 4", duplicate, token(header))
    typ = {"typ": ["at+jwt"]}
    for name, value in {"as-given": "at+jwt", "with-application": "application/at+jwt", "in-capitals": "AT+JWT",
                        "with-application-in-capitals": "APPLICATION/At+Jwt"}.items():
        room.add(f"typ-{name}-is-accepted", "a type is compared as a media type", "RFC 7515 4.1.9", OK,
                 token(HEADER | {"typ": value}), policy=typ)
    for name, value in {"another-type": "JWT", "another-tree": "text/at+jwt", "a-suffix": "at+jwt+x", "empty": ""}.items():
        room.add(f"typ-{name}-is-refused", "the policy names the type", "RFC 8725 3.11",
                 refused("typ_mismatch", reason="mismatch"), token(HEADER | {"typ": value}), policy=typ)
    room.add("a-missing-typ-is-refused", "the policy names the type", "RFC 8725 3.11",
             refused("typ_mismatch", reason="missing"), token(without(HEADER, "typ")), policy=typ)
    room.add("a-typ-of-the-wrong-type-is-refused", "typ is a string", "RFC 7515 4.1.9",
             refused("header_malformed", reason="malformed"), token(HEADER | {"typ": ["JWT"]}))
    room.add("one-of-several-types-is-accepted", "a policy may name several types", "RFC 7515 4.1.9", OK,
             policy={"typ": ["at+jwt", "application/jwt"]})


def names(room):
    room.group(190)
    for name, kid in {
        "another-name": "other", "empty": "", "proto": "__proto__", "constructor": "constructor", "to-string": "toString",
        "a-path": "../../../../dev/null", "sql": "' OR 1=1 --", "a-command": "key|/bin/id", "ldap": "*)(uid=*",
        "a-url": "https://attacker.example/key", "a-zero-byte": ALICE.kid + "\0", "a-space": ALICE.kid + " ",
        "lower-case": ALICE.kid.lower(), "a-line-break": "x\r\nSet-Cookie: a=b", "a-script": "<img src=x onerror=alert(1)>",
        "length": "k" * 2000, "a-number-as-text": "0",
    }.items():
        room.add(f"a-kid-with-{name}-is-unknown", "a kid is compared with the names in the set and used for nothing else",
                 "RFC 8725 3.10", refused("kid_unknown"), token(HEADER | {"kid": kid}))
    for name, kid in {"a-number": 0, "null": None, "a-list": [ALICE.kid], "an-object": {"$ne": ""}, "true": True}.items():
        room.add(f"a-kid-as-{name}-is-refused", "kid is a string", "RFC 7515 4.1.4",
                 refused("kid_malformed", reason="malformed"), token(HEADER | {"kid": kid}))
    nameless = without(HEADER, "kid")
    allowed = {"allow_missing_kid": True}
    room.add("a-missing-kid-is-refused", "a token names its key unless the policy says otherwise", "policy",
             refused("kid_missing"), token(nameless))
    room.add("a-missing-kid-is-accepted-by-policy", "a token without kid is tried against the keys", "policy", OK,
             token(nameless, key=BOB), policy=allowed)
    room.add("a-missing-kid-verifies-with-a-key-only", "a token without kid needs a key too", "policy",
             refused("signature_invalid"), token(nameless, key=STRANGER), policy=allowed)
    room.add("a-named-key-is-not-replaced-by-another", "the policy for a missing kid says nothing about a wrong one",
             "policy", refused("kid_unknown"), token(HEADER | {"kid": "other"}), policy=allowed)
    many = [LARGER[0], LARGER[1], BOB, STRANGER, ALICE]
    room.add("a-missing-kid-is-tried-against-four-keys", "no more than four keys are tried", "limits",
             refused("signature_invalid"), token(nameless), jwks(*many), policy=allowed)
    room.add("a-missing-kid-is-tried-against-the-fourth-key", "four keys are tried", "limits", OK,
             token(nameless, key=STRANGER), jwks(*many), policy=allowed)
    forged = {
        "jwk": {"jwk": EMBEDDED}, "jwk-with-the-known-kid": {"jwk": STRANGER.jwk(kid=ALICE.kid)},
        "jku": {"jku": "https://attacker.example/jwks.json"}, "x5u": {"x5u": "https://attacker.example/chain.pem"},
        "x5c": {"x5c": [b64(STRANGER.der())]},
    }
    for name, extra in forged.items():
        room.add(f"an-embedded-{name}-is-not-believed", "a token does not bring its own key", "CVE-2018-0114",
                 refused("signature_invalid"), token(HEADER | extra, key=STRANGER))
        room.add(f"an-embedded-{name}-does-no-harm", "what is not believed is ignored", "RFC 7515 4", OK,
                 token(HEADER | extra))
    room.add("an-embedded-jwk-without-kid-is-not-believed", "a token does not bring its own key", "CVE-2018-0114",
             refused("kid_missing"), token(without(HEADER, "kid") | forged["jwk"], key=STRANGER))


def signatures(room):
    room.group(240)
    head, signature = token().rsplit(".", 1)
    valid = unb64(signature)
    number = int.from_bytes(valid, "big")
    flipped = bytes([valid[0] ^ 1]) + valid[1:]
    digest = hashlib.sha256(head.encode()).digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    no_null = bytes.fromhex("302f300b0609608648016503040201" + "0420") + digest
    block = lambda tail, mark=b"\x00\x01", fill=b"\xff": mark + fill * (256 - 3 - len(tail)) + b"\x00" + tail
    assert ALICE.raw(block(info)) == valid
    short = ALICE.raw(b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + b"\x11" * (256 - 11 - len(info)))
    sha1 = bytes.fromhex("3021300906052b0e03021a05000414") + hashlib.sha1(head.encode()).digest()
    for name, data in {
        "an-empty-signature": b"", "a-cut-off-signature": valid[:-1], "a-signature-with-a-zero-before": b"\0" + valid,
        "a-signature-with-a-zero-after": valid + b"\0", "a-signature-twice": valid * 2, "a-flipped-bit": flipped,
        "zero": bytes(256), "one": bytes(255) + b"\1", "the-modulus": ALICE.n.to_bytes(256, "big"),
        "the-modulus-minus-one": (ALICE.n - 1).to_bytes(256, "big"),
        "a-signature-plus-the-modulus": (number + ALICE.n).to_bytes(257, "big"),
        "all-ones": b"\xff" * 256, "a-short-padding": short, "a-digest-without-null": ALICE.raw(block(no_null)),
        "a-padding-of-zeros": ALICE.raw(block(info, fill=b"\x00")), "block-type-two": ALICE.raw(block(info, mark=b"\x00\x02")),
        "a-bare-digest": ALICE.raw(block(digest)), "a-sha-1-digest": ALICE.raw(block(sha1)),
    }.items():
        room.add(f"{name}-is-no-signature", "the signature is as long as the modulus, below it, and encodes the digest whole",
                 "RFC 8017 8.2.2", refused("signature_invalid"), f"{head}.{b64(data)}")
    room.add("a-changed-claim-is-refused", "the signature covers the claims", "RFC 7515 5.2", refused("signature_invalid"),
             f"{head.split('.')[0]}.{b64(compact(CLAIMS | {'sub': 'admin'}))}.{signature}")
    room.add("a-changed-header-is-refused", "the signature covers the header", "RFC 7515 5.2", refused("signature_invalid"),
             f"{b64(compact(HEADER | {'x': 1}))}.{head.split('.')[1]}.{signature}")
    room.add("the-signature-of-another-key-is-refused", "the named key must have signed", "RFC 7515 5.2",
             refused("signature_invalid"), token(key=BOB))
    room.add("the-signature-comes-before-the-claims", "nothing of a forged token is judged, not even that it has expired",
             "RFC 7519 7.2", refused("signature_invalid"), token(claims=CLAIMS | {"exp": NOW - 9999}, key=STRANGER))
