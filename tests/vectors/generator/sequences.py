"""The attacks on a reader of key sets, each as steps with what must come of them."""

from .documents import DAY, DOCUMENT_HEADER, PAYLOAD, ROOTS, delegated, delegation, signed
from .material import ALICE, BOB, NEXT_ROOT, NEXT_SIGNER, ROOT, SIGNER, STRANGER, b64, compact
from .vector import HEADER, ISSUER, NOW, OK, POLICY, jwks, refused, token

OTHER = "https://other.example"
BOTH_ROOTS = jwks(ROOT, NEXT_ROOT)["jwks"]
LAST_SECOND = NOW + 7 * DAY - 1
NOTHING = {"ok": False, "code": "key_set_unavailable"}


class Reader:
    """Writes down what is done to a reader. What it holds after a refusal is what it held before."""

    def __init__(self, rule: str):
        self.row = {"rule": rule, "issuer": ISSUER, "policy": POLICY, "steps": []}
        self.held = None
        self.now = NOW

    def starts(self, roots=ROOTS, code=None, **floor):
        """A reader that knows nothing but its roots and the floor it stored."""
        self.held = None
        return self._step({"start": {"roots": roots, "floor": floor}}, {"key_set_code": code} if code else {"version": None})

    def at(self, now: int):
        self.now = now
        return self

    def reads(self, document, version: int):
        self.held = version
        return self._step({"now": self.now, "document": text(document)}, {"version": version})

    def refuses(self, document, code: str):
        return self._step({"now": self.now, "document": text(document)}, {"key_set_code": code, "version": self.held})

    def judges(self, expect, of=None):
        return self._step({"now": self.now, "token": of or token(claims=TOKEN)}, expect)

    def _step(self, step: dict, expect: dict):
        self.row["steps"].append(step | {"expect": expect})
        return self


TOKEN = {"iss": ISSUER, "aud": "api.example", "iat": NOW - 60, "exp": NOW + 30 * 365 * DAY}


def text(document):
    return document["signed"] if "signed" in document else document


def version(number: int, **members) -> dict:
    return signed(version=number, **members)


def by(key) -> str:
    return token(HEADER | {"kid": key.kid}, TOKEN, key)


def rows():
    for name, (rule, story) in ATTACKS.items():
        reader = Reader(rule)
        story(reader)
        yield name, reader.row


def arbitrary_set(reader):
    head, payload, signature = signed()["signed"].split(".")
    again = b64(b" " + compact(PAYLOAD))
    stolen = delegated(delegation(root=STRANGER), key=SIGNER)
    for document, code in [
        ({"signed": f"{head}.{payload}."}, "document_signature_invalid"), (signed(key=STRANGER), "document_signature_invalid"),
        ({"signed": f"{head}.{payload}.{signature[:-2]}"}, "document_signature_invalid"),
        ({"signed": f"{head}.{again}.{signature}"}, "document_signature_invalid"),
        (signed(header=DOCUMENT_HEADER | {"alg": "none"}), "document_alg_not_allowed"),
        (signed(header=DOCUMENT_HEADER | {"kid": ALICE.kid}, key=ALICE), "document_root_unknown"), (stolen, "document_root_unknown"),
        (delegated(delegation(), keys=[SIGNER.jwk()]), "signing_key_in_set"), (signed(keys=[ROOT.jwk()]), "signing_key_in_set"),
    ]:
        reader.starts().refuses(document, code).judges(NOTHING)


def duplicate_signer(reader):
    reader.starts({"keys": [ROOT.jwk(kid="a"), ROOT.jwk(kid="b")]}, "root_keys_invalid")
    reader.starts().refuses(signed(keys=[ALICE.jwk(), ALICE.jwk(kid="b")]), "document_malformed")
    reader.refuses(signed(keys=[ALICE.jwk(), ALICE.jwk()]), "duplicate_kid")
    reader.refuses(delegated(delegation(to=ROOT), key=ROOT), "delegation_malformed")


def rollback(reader):
    reader.starts().reads(version(5), 5).refuses(version(4), "document_version_rollback")
    reader.refuses(version(5, keys=[BOB.jwk()]), "document_version_rollback").reads(version(5), 5).judges(OK)
    reader.starts(version=5).refuses(version(4), "document_version_rollback").judges(NOTHING).reads(version(5), 5)


def operator_rollback(reader):
    old, new = [ALICE.jwk(status="active")], [BOB.jwk(status="active")]
    reader.starts().reads(version(5, keys=old), 5).reads(version(7, keys=new), 7).judges(refused("kid_unknown"))
    reader.refuses(version(5, keys=old), "document_version_rollback").reads(version(8, keys=old), 8).judges(OK)


def freeze(reader):
    reader.starts().reads(version(7), 7).at(LAST_SECOND).reads(version(7), 7).judges(OK)
    reader.at(LAST_SECOND + 1).refuses(version(7), "document_expired").judges(refused("key_set_expired"))
    reader.at(NOW + 3650 * DAY).refuses(version(7), "document_expired").judges(refused("key_set_expired"))
    reader.starts().refuses(version(7), "document_expired").judges(NOTHING)
    reader.at(NOW - 3650 * DAY).starts().refuses(version(7), "document_not_yet_valid").judges(NOTHING)


def freeze_of_a_delegation(reader):
    short = delegated(delegation(exp=NOW + 60))
    reader.starts().reads(short, 7).at(NOW + 59).judges(OK).at(NOW + 60).judges(refused("key_set_expired"))
    reader.refuses(short, "delegation_expired").at(NOW - 3650 * DAY).starts().refuses(short, "delegation_not_yet_valid")


def fast_forward(reader):
    reader.starts().reads(delegated(delegation()), 7)
    for far in (2**63 - 1, 2**53 - 1, NOW):
        reader.refuses(delegated(delegation(), version=far, iat=NOW - 1), "document_version_ahead")
    reader.refuses(delegated(delegation(), version=NOW + 31, iat=NOW + 31), "document_not_yet_valid")
    reader.reads(delegated(delegation(), version=NOW + 30, iat=NOW + 30, keys=[STRANGER.jwk()]), NOW + 30)
    reader.refuses(version(8), "document_version_rollback")
    reader.at(NOW + 60).reads(version(NOW + 60, iat=NOW + 60), NOW + 60).judges(OK)


def mix_and_match(reader):
    one, other = signed()["signed"].split("."), version(8, keys=[BOB.jwk()])["signed"].split(".")
    reader.starts().reads(signed(), 7)
    for parts in [(one[0], other[1], one[2]), (one[0], one[1], other[2]), (other[0], other[1], one[2])]:
        reader.refuses({"signed": ".".join(parts)}, "document_signature_invalid")
    reader.refuses(delegated(delegation(to=NEXT_SIGNER)), "delegation_key_mismatch")
    reader.refuses(delegated(delegation(iss=OTHER)), "delegation_issuer_mismatch").judges(OK)


def endless_data(reader):
    reader.starts().refuses({"text": "A", "times": 25 * 2**20}, "key_set_too_large").judges(NOTHING).reads(version(7), 7)
    reader.refuses({"text": "A", "times": 256 * 1024 + 1}, "key_set_too_large")
    reader.refuses({"text": ".", "times": 256 * 1024}, "document_malformed")
    reader.refuses(version(8, keys=[{}] * 5000), "too_many_keys").judges(OK)


def trust_before_verification(reader):
    reader.starts().reads(version(7), 7).refuses(version(9, keys=[STRANGER.jwk()]) | signed(key=STRANGER), "document_signature_invalid")
    reader.refuses(version(900, keys=[]), "no_usable_key").refuses(version(901, iss=OTHER), "document_issuer_mismatch")
    reader.refuses(version(902, exp=NOW), "document_expired").refuses(delegated(delegation(generation=9, exp=NOW)), "delegation_expired")
    reader.judges(OK).reads(version(8), 8).reads(delegated(delegation(generation=1), version=9), 9)
    reader.at(LAST_SECOND + 1).refuses(version(10), "document_expired").judges(refused("key_set_expired"))


def path_and_name_tricks(reader):
    reader.starts()
    for name in ("../keyset/other", "..", "a/b", "a\0b", "\u202e", "", "k" * 300):
        reader.refuses(signed(keys=[ALICE.jwk(kid=name)]), "key_malformed" if len(name) > 256 else "document_malformed")
    for name in (ISSUER + "/", ISSUER + "/../x", ISSUER + "\0", ISSUER.upper(), ISSUER.replace("e", "\u0435"), ""):
        reader.refuses(signed(iss=name), "document_issuer_mismatch")
    reader.reads(signed(), 7)
    for name in ("../" + ALICE.kid, ALICE.kid + "\0", ALICE.kid.lower(), ""):
        reader.judges(refused("kid_unknown"), token(HEADER | {"kid": name}))


def root_rotation(reader):
    next_header = DOCUMENT_HEADER | {"kid": NEXT_ROOT.kid}
    by_next = lambda number, **members: signed(header=next_header, key=NEXT_ROOT, version=number, **members)
    reader.starts().reads(version(7), 7)
    reader.refuses(by_next(8), "document_root_unknown")
    reader.refuses(delegated(delegation(root=NEXT_ROOT), version=8), "document_root_unknown")
    reader.starts(BOTH_ROOTS, version=7).reads(version(7), 7).reads(by_next(7), 7)
    reader.refuses(by_next(7, keys=[BOB.jwk()]), "document_version_rollback")
    reader.reads(by_next(8), 8).refuses(version(8, keys=[BOB.jwk()]), "document_version_rollback").reads(version(9), 9)
    reader.starts(jwks(NEXT_ROOT)["jwks"], version=9).refuses(version(10), "document_root_unknown")
    reader.refuses(by_next(8), "document_version_rollback").reads(by_next(10), 10).judges(OK)


def cached_role(reader):
    old, new = delegation(), delegation(to=NEXT_SIGNER, generation=4)
    reader.starts().reads(delegated(old), 7).reads(delegated(new, key=NEXT_SIGNER, version=8), 8)
    for number in (7, 8, 9, NOW - 100):
        reader.refuses(delegated(old, version=number), "delegation_withdrawn")
    reader.refuses(delegated(delegation(generation=4), version=9), "delegation_withdrawn")
    reader.reads(version(9), 9).refuses(delegated(old, version=10), "delegation_withdrawn")
    renewed = delegation(to=NEXT_SIGNER, generation=4, exp=NOW + 60 * DAY)
    reader.reads(delegated(renewed, key=NEXT_SIGNER, version=10), 10).judges(OK)
    reader.starts(generation=4).refuses(delegated(old, version=11), "delegation_withdrawn").judges(NOTHING)


def key_resurrection(reader):
    gone = [{"kid": BOB.kid, "status": "revoked", "at": NOW - DAY, "reason": "leaked"}]
    both = [ALICE.jwk(), BOB.jwk()]
    reader.starts().reads(version(7, keys=both), 7).judges(OK, by(BOB))
    reader.reads(version(8, keys=[ALICE.jwk()], history=gone), 8).judges(refused("key_revoked"), by(BOB))
    reader.refuses(version(7, keys=both), "document_version_rollback")
    reader.refuses(version(9, keys=both, history=gone), "revoked_key_in_set")
    reader.refuses(version(9, keys=both), "revoked_key_in_set")
    reader.reads(version(9, keys=[ALICE.jwk()]), 9).refuses(version(10, keys=both), "revoked_key_in_set")
    reader.judges(refused("kid_unknown"), by(BOB)).judges(OK)


def store_writer(reader):
    reader.starts().reads(version(7), 7)
    for document, code in [
        ("", "document_malformed"), ("garbage", "document_malformed"), ("{}", "document_malformed"), ("a.b.c", "document_malformed"),
        (compact(jwks(STRANGER)["jwks"]).decode(), "document_malformed"), (version(6), "document_version_rollback"),
        (version(9, keys=[]), "no_usable_key"), (version(9, iss=OTHER), "document_issuer_mismatch"),
        (signed(header=DOCUMENT_HEADER | {"kid": STRANGER.kid, "jwk": STRANGER.jwk()}, key=STRANGER), "document_root_unknown"),
        ({"signed": by(ALICE)}, "document_typ_mismatch"), ({"signed": delegation()}, "document_typ_mismatch"),
    ]:
        reader.refuses(document, code).judges(OK)


ATTACKS = {
    "arbitrary-set": ("nothing is believed that no root stands behind", arbitrary_set),
    "duplicate-signer": ("one key counts once, whatever it is called", duplicate_signer),
    "rollback": ("what was seen never comes back, and one version has one content", rollback),
    "operator-rollback": ("old content comes back under a higher version", operator_rollback),
    "freeze": ("an old set is not believed for ever, nor one from the future", freeze),
    "freeze-of-a-delegation": ("a set ends with its delegation", freeze_of_a_delegation),
    "fast-forward": ("nobody can end the counting, and a thief is overtaken a moment later", fast_forward),
    "mix-and-match": ("what was signed together is read together", mix_and_match),
    "endless-data": ("size is judged before content", endless_data),
    "trust-before-verification": ("what is refused leaves no trace, and the good set stays until it ends", trust_before_verification),
    "path-and-name-tricks": ("names are compared whole and lead nowhere", path_and_name_tricks),
    "root-rotation": ("a root is believed because it is pinned, never because another signed it", root_rotation),
    "cached-role": ("a set signer that was replaced is shut out", cached_role),
    "key-resurrection": ("a key that was revoked never verifies again", key_resurrection),
    "store-writer": ("whoever writes the store without a signing key changes nothing", store_writer),
}
