"""Signatures that a lenient reading of PKCS #1 v1.5 takes for true ones: with exponent 3 made without the private key,
with 65537 made with it, so that nothing but the encoding is wrong."""

import hashlib

from .key_sets import THREE, refusal
from .material import ALICE, b64, compact, unb64
from .vector import CLAIMS, HEADER, OK, jwks, refused, token

INFO = bytes.fromhex("3031300d060960864801650304020105000420")
FORGED = refused("signature_invalid")
ANY_EXPONENT = {"limits": {"exponents": "odd-up-to-33-bits"}}


def vectors(add):
    with_exponent_3(add)
    encodings(add)
    numbers(add)


def with_exponent_3(add):
    rule = "what a signature decodes to is compared whole, never parsed"
    head = head_with_odd_digest()
    for attack, name, number in [
        ("CVE-2006-4339", "a-cube-with-the-right-start", cube_with_start(head)),
        ("CVE-2016-1494", "a-cube-with-the-right-start-and-end", cube_with_end(head, digest_info(head), start=True)),
        ("CVE-2026-22866", "a-cube-with-the-right-end", cube_with_end(head, hashlib.sha256(head.encode()).digest(), start=False)),
    ]:
        text = f"{head}.{b64(number.to_bytes(256, 'big'))}"
        add(attack, name, rule, FORGED, text, key_set=jwks(THREE), policy=ANY_EXPONENT)
        add(attack, f"{name}-by-default", "a key with a small exponent is refused unless it is allowed", refusal("exponent_not_allowed"),
            text, key_set=jwks(THREE))
    add("CVE-2006-4339", "exponent-3-signed-in-earnest", "the exponent 3 verifies where it is allowed", OK,
        token(HEADER | {"kid": THREE.kid}, key=THREE), key_set=jwks(THREE), policy=ANY_EXPONENT)


def head_with_odd_digest() -> str:
    """Only an odd number has cube roots modulo every power of two."""
    for nonce in range(99):
        head = f"{b64(compact(HEADER | {'kid': THREE.kid}))}.{b64(compact(CLAIMS | {'sub': 'admin', 'nonce': nonce}))}"
        if hashlib.sha256(head.encode()).digest()[-1] % 2:
            return head
    raise AssertionError("no digest is odd")


def digest_info(head: str) -> bytes:
    return INFO + hashlib.sha256(head.encode()).digest()


def cube_root(number: int) -> int:
    """The smallest number whose cube is not below `number`."""
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


def cube_with_start(head: str) -> int:
    start = b"\x00\x01" + b"\xff" * 8 + b"\x00" + digest_info(head)
    root = cube_root(int.from_bytes(start + bytes(256 - len(start)), "big"))
    assert (root**3).to_bytes(256, "big").startswith(start)
    return root


def cube_with_end(head: str, end: bytes, start: bool) -> int:
    bits, wanted = len(end) * 8, int.from_bytes(end, "big")
    root = 1
    for bit in range(1, bits):
        if (root**3 ^ wanted) >> bit & 1:
            root |= 1 << bit
    if start:
        top = cube_root(int.from_bytes(b"\x00\x01" + b"\xff" * 12 + bytes(242), "big"))
        root |= (top >> bits) + 1 << bits
        assert (root**3).to_bytes(256, "big").startswith(b"\x00\x01" + b"\xff" * 8)
    assert (root**3).to_bytes(256, "big").endswith(end)
    return root


def encodings(add):
    head = token().rsplit(".", 1)[0]
    digest = hashlib.sha256(head.encode()).digest()
    oid = bytes.fromhex("0609608648016503040201")

    def block(info: bytes, fill: bytes | None = None, mark=b"\x00\x01", gap=b"\x00") -> bytes:
        space = 256 - len(mark) - len(gap) - len(info)
        return mark + (b"\xff" * space if fill is None else fill) + gap + info

    whole = INFO + digest
    space = 256 - 3 - len(whole)
    stuffed = lambda length: bytes.fromhex("30") + b"\x81" + bytes([length + 49]) + b"\x30\x81" + bytes([length + 13]) + oid + (
        b"\x04\x81" + bytes([length]) + b"\x22" * length) + b"\x04\x20" + digest
    for attack, name, encoded in [
        ("CVE-2014-1568", "a-length-in-long-form", block(b"\x30\x81\x31" + whole[2:])),
        ("CVE-2014-1568", "an-inner-length-in-long-form", block(b"\x30\x32\x30\x81\x0d" + whole[4:])),
        ("CVE-2018-16152", "octets-in-the-parameters", block(stuffed(100))),
        ("CVE-2018-16151", "octets-after-the-identifier", block(b"\x30\x35\x30\x11" + oid + b"\x05\x00" + b"\x04\x02\x22\x22" + b"\x04\x20" + digest)),
        ("CVE-2018-15836", "octets-in-the-padding", block(whole, b"\xff" * 8 + b"\x11" * (space - 8))),
        ("CVE-2021-30246", "a-padding-of-ones-and-zeros", block(whole, b"\xff" * 8 + b"\x00" + b"\xff" * (space - 9))),
        ("CVE-2022-24771", "octets-after-the-digest-info", block(whole + b"\x05\x00" + b"\x22" * 20)),
        ("CVE-2022-24772", "octets-after-the-digest", block(b"\x30\x33" + whole[2:] + b"\x05\x00")),
        ("CVE-2022-24773", "no-separator", block(whole, gap=b"\xff")),
        ("RFC8017-9.2", "the-digest-of-sha-512", block(bytes.fromhex("3051300d060960864801650304020305000440") + hashlib.sha512(head.encode()).digest())),
        ("RFC8017-9.2", "the-digest-under-the-name-of-sha-384", block(whole.replace(oid, oid[:-1] + b"\x02"))),
        ("RFC8017-9.2", "the-digest-twice", block(whole[:1] + b"\x51" + whole[2:] + digest)),
        ("RFC8017-9.2", "the-digest-of-the-digest", block(INFO + hashlib.sha256(digest).digest())),
        ("RFC8017-9.2", "block-type-zero", block(whole, mark=b"\x00\x00")),
    ]:
        assert len(encoded) == 256, name
        add(attack, name, "the encoded message has one spelling", FORGED, f"{head}.{b64(ALICE.raw(encoded))}")


def numbers(add):
    for nonce in range(9999):
        head, signature = token(claims=CLAIMS | {"nonce": nonce}).rsplit(".", 1)
        above = int.from_bytes(unb64(signature), "big") + ALICE.n
        if above < 1 << 2048:
            add("python-rsa-4.9.1", "a-signature-plus-the-modulus-in-as-many-octets", "a signature is below the modulus", FORGED,
                f"{head}.{b64(above.to_bytes(256, 'big'))}")
            break
    for nonce in range(9999):
        head, signature = token(claims=CLAIMS | {"nonce": nonce}).rsplit(".", 1)
        if (number := unb64(signature))[0] == 0:
            add("CVE-2020-14967", "a-leading-zero-left-out", "a signature is as long as the modulus", FORGED, f"{head}.{b64(number[1:])}")
            add("CVE-2020-14967", "a-leading-zero-kept", "a signature is as long as the modulus", OK, f"{head}.{signature}")
            add("CVE-2020-14967", "a-leading-zero-too-many", "a signature is as long as the modulus", FORGED, f"{head}.{b64(bytes(1) + number)}")
            break
