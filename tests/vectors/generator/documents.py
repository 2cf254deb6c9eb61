"""Rules of the signed key set, and what it takes back."""

from .key_sets import THREE, WEAK, refusal
from .material import ALICE, BOB, NEXT_ROOT, NEXT_SIGNER, ROOT, SIGNER, STRANGER, b64, compact, jws
from .vector import CLAIMS, HEADER, ISSUER, NOW, OK, Room, jwks, refused, token, without

DAY = 86_400
ROOTS = jwks(ROOT)["jwks"]
DOCUMENT_HEADER = {"alg": "RS256", "typ": "jwk-set+jwt", "kid": ROOT.kid}
PAYLOAD = {
    "format": 1, "iss": ISSUER, "iat": NOW - 100, "exp": NOW + 7 * DAY, "version": 7, "refresh": 5,
    "keys": [ALICE.jwk(status="active"), BOB.jwk(status="retiring")],
}


def signed(payload=None, header=DOCUMENT_HEADER, key=ROOT, roots=ROOTS, issuer=ISSUER, floor=None, **members) -> dict:
    """A key set with `members` in its payload; a member given as None is left out."""
    if payload is None:
        payload = {name: value for name, value in (PAYLOAD | members).items() if value is not None}
    key_set = {"signed": jws(header, payload, key), "roots": roots, "issuer": issuer}
    return key_set if floor is None else key_set | {"floor": floor}


def delegation(to=SIGNER, root=ROOT, header=None, payload=None, jwk=None, **members) -> str:
    """A root's word for a set-signing key; a member given as None is left out."""
    header = {"alg": "RS256", "typ": "keystile-delegation+jwt", "kid": root.kid} | (header or {})
    content = {"iss": ISSUER, "nbf": NOW - DAY, "exp": NOW + 30 * DAY, "generation": 3, "key": jwk or to.jwk()} | members
    content = {name: value for name, value in content.items() if value is not None}
    return jws(header, payload or content, root)


def delegation_of(length: int) -> str:
    """A delegation of exactly so many bytes. Base64url skips every fourth length, so the header is shifted too."""
    for shift in range(3):
        padded = lambda size: delegation(header={"x": "x" * shift}, note="x" * size)
        guess = (length - len(padded(0))) * 3 // 4
        for size in range(guess - 2, guess + 3):
            if len(padded(size)) == length:
                return padded(size)
    raise ValueError(f"no delegation of {length} bytes")


def delegated(delegation=None, key=SIGNER, header=None, **members) -> dict:
    """A key set that `key` signed, and a root let it."""
    header = DOCUMENT_HEADER | {"kid": key.kid, "delegation": delegation} | (header or {})
    header = {name: value for name, value in header.items() if value is not None}
    generation_floor = members.pop("generation_floor", None)
    key_set = signed(header=header, key=key, **members)
    return key_set if generation_floor is None else key_set | {"generation_floor": generation_floor}


def vectors():
    room = Room()
    believed(room)
    untrusted(room)
    malformed(room)
    filters(room)
    epochs(room)
    revocations(room)
    delegations(room)
    return room.found


def believed(room):
    room.group(700)
    source = "docs/format.md"
    for name, key_set in {
        "a-signed-key-set-is-believed": signed(), "a-set-of-the-next-root-is-believed": signed(
            header=DOCUMENT_HEADER | {"kid": NEXT_ROOT.kid}, key=NEXT_ROOT, roots=jwks(ROOT, NEXT_ROOT)["jwks"]),
        "a-set-at-the-floor-is-believed": signed(floor=7), "a-set-above-the-floor-is-believed": signed(floor=6),
        "a-set-that-expires-in-a-second-is-believed": signed(exp=NOW + 1),
        "a-set-from-a-clock-slightly-ahead-is-believed": signed(iat=NOW + 30),
        "a-set-with-unknown-members-is-believed": signed(note={"x": 1}), "empty-restrictions-restrict-nothing": signed(
            epochs={"kid": {}, "aud": {}}, revoked={"jti": [], "sid": [], "filters": []}, history=[]),
        "a-set-whose-version-is-its-second-is-believed": signed(version=NOW - 100),
        "a-typ-in-full-is-believed": signed(header=DOCUMENT_HEADER | {"typ": "application/JWK-Set+JWT"}),
    }.items():
        room.add(name, "a document is believed for its signature, issuer, time and version", source, OK, key_set=key_set)
    for status, key in [("pending", ALICE), ("retiring", BOB)]:
        room.add(f"a-{status}-key-verifies", "every key of the set verifies, whatever its status", source, OK,
                 token(HEADER | {"kid": key.kid}, key=key),
                 signed(keys=[ALICE.jwk(status="pending"), BOB.jwk(status="retiring"), STRANGER.jwk(status="active")]))
    room.add("keys-vouch-for-their-issuer-only", "keys of one issuer do not verify tokens of another", "RFC 8725 3.8",
             refused("issuer_mismatch", "iss", "mismatch"), token(claims=CLAIMS | {"iss": "https://other.example"}),
             signed(), {"issuer": [ISSUER, "https://other.example"]})
    room.add("keys-vouch-for-their-issuer-even-where-it-is-not-checked", "keys of one issuer do not verify tokens of another",
             "RFC 8725 3.8", refused("issuer_mismatch", "iss", "mismatch"), token(claims=CLAIMS | {"iss": "https://other.example"}),
             signed(), {"issuer": None})
    room.add("keys-vouch-for-a-token-without-issuer-where-it-is-not-checked", "the policy may say that the issuer is not checked",
             "RFC 8725 3.8", OK, token(claims=without(CLAIMS, "iss")), signed(), {"issuer": None})


def untrusted(room):
    room.group(730)
    whole = signed()["signed"]
    head, payload, signature = whole.split(".")
    other = b64(compact(PAYLOAD | {"version": 8}))
    for name, code, key_set in [
        ("signed-with-another-key", "document_signature_invalid", signed(key=STRANGER)),
        ("changed-after-signing", "document_signature_invalid", signed() | {"signed": f"{head}.{other}.{signature}"}),
        ("with-a-cut-off-signature", "document_signature_invalid", signed() | {"signed": f"{head}.{payload}.{signature[:-2]}"}),
        ("with-an-empty-signature", "document_signature_invalid", signed() | {"signed": f"{head}.{payload}."}),
        ("of-an-unknown-root", "document_root_unknown", signed(header=DOCUMENT_HEADER | {"kid": NEXT_ROOT.kid}, key=NEXT_ROOT)),
        ("without-a-root", "document_root_unknown", signed(header=without(DOCUMENT_HEADER, "kid"))),
        ("signed-with-a-token-key", "document_root_unknown", signed(header=DOCUMENT_HEADER | {"kid": ALICE.kid}, key=ALICE)),
        ("that-brings-its-root", "document_root_unknown", signed(
            header=DOCUMENT_HEADER | {"kid": STRANGER.kid, "jwk": STRANGER.jwk()}, key=STRANGER)),
        ("of-another-type", "document_typ_mismatch", signed(header=DOCUMENT_HEADER | {"typ": "JWT"})),
        ("without-a-type", "document_typ_mismatch", signed(header=without(DOCUMENT_HEADER, "typ"))),
        ("with-alg-none", "document_alg_not_allowed", signed(header=DOCUMENT_HEADER | {"alg": "none"})),
        ("with-another-alg", "document_alg_not_allowed", signed(header=DOCUMENT_HEADER | {"alg": "PS256"})),
        ("with-crit", "document_malformed", signed(header=DOCUMENT_HEADER | {"crit": ["exp"]})),
        ("of-another-issuer", "document_issuer_mismatch", signed(iss="https://other.example")),
        ("read-for-another-issuer", "document_issuer_mismatch", signed(issuer="https://other.example")),
        ("below-the-floor", "document_version_rollback", signed(floor=8)),
        ("that-expires-now", "document_expired", signed(exp=NOW)), ("that-expired-long-ago", "document_expired", signed(exp=NOW - 365 * DAY)),
        ("from-the-future", "document_not_yet_valid", signed(iat=NOW + 31)),
        ("above-the-limit", "key_set_too_large", signed()),
    ]:
        limits = {"limits": {"key_set_bytes": 1000}} if code == "key_set_too_large" else None
        room.add(f"a-set-{name}-is-refused", "a document is believed for its signature, issuer, time and version",
                 "docs/format.md", refusal(code), key_set=key_set, policy=limits)
    for name, roots in {"five-roots": [ROOT, NEXT_ROOT, STRANGER, ALICE, BOB], "one-root-twice": [ROOT.jwk(kid="a"), ROOT.jwk(kid="b")]}.items():
        room.add(f"{name}-are-refused", "there are one to four different roots", "docs/format.md", refusal("root_keys_invalid"),
                 key_set=signed(roots=jwks(*roots)["jwks"]))


def malformed(room):
    room.group(760)
    plain = compact(PAYLOAD)
    wrong, unsupported = "document_malformed", "document_format_unsupported"
    retired = {"kid": STRANGER.kid, "status": "retired", "at": NOW - DAY, "reason": ""}
    of_their_own = {"a-version-beyond-json": "document_version_ahead", "a-revoked-key": "revoked_key_in_set",
                    "its-root-as-a-key": "signing_key_in_set"}
    cases = [(f"without-{name}", wrong, signed(**{name: None})) for name in ("format", "iss", "iat", "exp", "version", "refresh")]
    for name, members in {
        "a-version-in-text": {"version": "7"}, "a-version-with-a-fraction": {"version": 7.5}, "version-zero": {"version": 0},
        "a-negative-version": {"version": -7}, "a-version-beyond-json": {"version": 2**53}, "exp-in-text": {"exp": str(NOW + DAY)},
        "iat-as-a-list": {"iat": [NOW]}, "refresh-zero": {"refresh": 0}, "refresh-beyond-32-bits": {"refresh": 2**32},
        "iss-as-a-list": {"iss": [ISSUER]}, "a-format-in-text": {"format": "1"}, "epochs-as-a-list": {"epochs": [NOW]},
        "an-epoch-in-text": {"epochs": {"all": "now"}}, "a-key-epoch-in-text": {"epochs": {"kid": {ALICE.kid: "now"}}},
        "epochs-of-sub-as-a-number": {"epochs": {"sub": NOW}}, "revoked-as-a-list": {"revoked": ["j"]}, "revoked-jti-as-text": {"revoked": {"jti": "j"}},
        "a-revoked-number": {"revoked": {"jti": [1]}}, "revoked-sid-as-an-object": {"revoked": {"sid": {}}}, "history-as-an-object": {"history": {}},
        "an-unknown-departure": {"history": [retired | {"status": "lost"}]}, "a-departure-without-kid": {"history": [without(retired, "kid")]},
        "an-unknown-status": {"keys": [ALICE.jwk(status="revoked")]}, "a-kid-that-is-no-thumbprint": {"keys": [ALICE.jwk(kid="2026")]},
        "a-revoked-key": {"history": [retired | {"kid": BOB.kid, "status": "revoked"}]}, "its-root-as-a-key": {"keys": [ALICE.jwk(), ROOT.jwk()]},
    }.items():
        cases.append((f"with-{name}", of_their_own.get(name, wrong), signed(**members)))
    cases += [
        ("of-format-2", unsupported, signed(format=2)), ("with-filters", unsupported, signed(revoked={"filters": [{"claim": "jti"}]})),
        ("with-filters-beside", wrong, signed(filters=[{"claim": "jti"}])), ("with-an-unknown-epoch", unsupported, signed(epochs={"aud": {"a": NOW}})),
        ("with-an-unknown-list", unsupported, signed(revoked={"sub": ["user-1"]})),
        ("without-keys", "key_set_malformed", signed(keys=None)), ("with-an-empty-list-of-keys", "no_usable_key", signed(keys=[])),
        ("with-a-weak-key", "key_too_small", signed(keys=[ALICE.jwk(), WEAK.jwk()])),
        ("with-exponent-3", "exponent_not_allowed", signed(keys=[ALICE.jwk(), THREE.jwk()])),
        ("with-a-private-key", "private_key_in_set", signed(keys=[ALICE.private_jwk()])),
        ("with-a-key-twice", "duplicate_kid", signed(keys=[ALICE.jwk(), ALICE.jwk()])),
        ("with-a-member-twice", "duplicate_member", signed(plain[:-1] + b',"version":9}')),
        ("with-a-header-parameter-twice", "duplicate_member", signed(header=compact(DOCUMENT_HEADER)[:-1] + b',"alg":"RS256"}')),
        ("that-is-a-list", wrong, signed(b"[]")), ("that-is-cut-off", wrong, signed(plain[:-1])), ("in-utf-16", wrong, signed(plain.decode().encode("utf-16"))),
        ("that-is-a-plain-jwks", wrong, signed() | {"signed": compact(jwks(ALICE)["jwks"]).decode()}),
        ("that-is-empty", wrong, signed() | {"signed": ""}), ("with-a-line-break", wrong, signed() | {"signed": signed()["signed"] + "\n"}),
        ("with-another-root-as-a-key", "signing_key_in_set", signed(keys=[NEXT_ROOT.jwk()], roots=jwks(ROOT, NEXT_ROOT)["jwks"])),
        ("that-has-counted-too-far", "document_version_ahead", signed(version=NOW - 99)),
        ("that-ends-the-counting", "document_version_ahead", signed(version=2**53 - 1)),
        ("with-the-largest-number-as-version", "document_version_ahead", signed(version=2**64 - 1)),
        ("with-a-delegation-that-is-no-text", wrong, signed(header=DOCUMENT_HEADER | {"delegation": {}})),
    ]
    for name, code, key_set in cases:
        room.add(f"a-set-{name}-is-refused", "what is not understood whole is not believed", "docs/format.md", refusal(code), key_set=key_set)


FILTER = {"claim": "jti", "ref": "revoked/main/1", "sha256": b64(bytes(32)), "count": 1}


def filters(room):
    """Filters as the document names them; what lies beside it is for the tests of each reader."""
    room.group(816)
    wrong = "document_malformed"
    one = lambda **members: [{name: value for name, value in (FILTER | members).items() if value is not None}]
    source, rule = "docs/format.md 4.1", "a set is believed only with the filters that it names"
    room.add("a-set-that-names-no-filter-is-believed", rule, source, OK, key_set=signed(filters=[]))
    for name, code, named in [
        ("whose-filter-is-missing", "filter_missing", one()),
        ("with-a-filter-of-an-unknown-claim", "document_format_unsupported", one(claim="sub")),
        ("with-filters-as-an-object", wrong, {"jti": FILTER}), ("with-a-filter-without-ref", wrong, one(ref=None)),
        ("with-a-filter-without-sha256", wrong, one(sha256=None)), ("with-a-filter-without-count", wrong, one(count=None)),
        ("with-a-filter-of-nothing", wrong, one(count=0)), ("with-a-filter-counted-in-text", wrong, one(count="1")),
        ("with-a-filter-with-a-short-digest", wrong, one(sha256=b64(bytes(31)))),
        ("with-a-filter-with-a-padded-digest", wrong, one(sha256=b64(bytes(32)) + "=")),
        ("with-a-filter-without-a-name", wrong, one(ref="")),
        ("with-seventeen-filters", "too_many_filters", one() * 17),
        ("with-more-than-ten-million-entries", "too_many_filters", one(count=5_000_001) + one(count=5_000_000)),
    ]:
        room.add(f"a-set-{name}-is-refused", rule, source, refusal(code), key_set=signed(filters=named))


def epochs(room):
    room.group(830)
    iat = CLAIMS["iat"]
    before = refused("issued_before_epoch", "iat", "mismatch")
    claims = CLAIMS | {"sid": "session-1", "client_id": "app"}
    values = {"kid": ALICE.kid, "sub": "user-1", "sid": "session-1", "client_id": "app"}
    kinds = {"all": lambda epoch: {"all": epoch}} | {
        kind: lambda epoch, kind=kind, value=value: {kind: {value: epoch}} for kind, value in values.items()}
    for kind, epoch in kinds.items():
        for name, expect, at in [("at-the-epoch-is-accepted", OK, iat), ("before-the-epoch-is-refused", before, iat + 1)]:
            room.add(f"{kind}-{name}", "a token issued before an epoch that applies to it is refused", "docs/format.md", expect,
                     token(claims=claims), signed(epochs=epoch(at)))
    for kind in values:
        room.add(f"{kind}-of-others-does-not-apply", "an epoch applies to what it names", "docs/format.md", OK, token(claims=claims),
                 signed(epochs={kind: {"another": NOW}}))
    room.add("the-newest-epoch-counts-if-it-is-the-general-one", "the newest epoch wins, never the most specific", "docs/format.md",
             before, key_set=signed(epochs={"all": iat + 1, "sub": {"user-1": iat - 1000}}))
    room.add("the-newest-epoch-counts-if-it-is-the-specific-one", "the newest epoch wins, never the first", "docs/format.md",
             before, key_set=signed(epochs={"all": iat - 1000, "sub": {"user-1": iat + 1}}))
    room.add("a-fraction-before-the-epoch-is-refused", "instants are compared exactly", "docs/format.md", before,
             token(claims=CLAIMS | {"iat": iat + 0.5}), signed(epochs={"all": iat + 1}))
    unknown = token(claims=without(CLAIMS, "iat"))
    room.add("an-unknown-age-is-refused-where-an-epoch-applies", "an epoch is judged by iat", "docs/format.md",
             refused("claim_missing", "iat", "missing"), unknown, signed(epochs={"all": 1}))
    room.add("an-unknown-age-is-accepted-where-no-epoch-applies", "no epoch, no need of iat", "docs/format.md", OK, unknown,
             signed(epochs={"sub": {"user-2": NOW}}))


def revocations(room):
    room.group(860)
    claims = CLAIMS | {"jti": "token-1", "sid": "session-1"}
    for name, expect, revoked in [
        ("a-revoked-token-is-refused", refused("token_revoked", "jti", "mismatch"), {"jti": ["x", "token-1"]}),
        ("a-token-of-a-revoked-session-is-refused", refused("session_revoked", "sid", "mismatch"), {"sid": ["session-1"]}),
        ("a-revoked-session-of-that-name-is-no-token", OK, {"sid": ["token-1"]}),
        ("a-token-that-is-not-listed-is-accepted", OK, {"jti": ["token-10", "token-"], "sid": ["Session-1"]}),
    ]:
        room.add(name, "tokens and sessions are taken back by name", "docs/format.md", expect, token(claims=claims), signed(revoked=revoked))
    room.add("a-token-without-jti-cannot-be-listed", "a missing claim matches nothing", "docs/format.md", OK, key_set=signed(revoked={"jti": ["token-1"]}))
    by = lambda key: token(HEADER | {"kid": key.kid}, key=key)
    gone = [{"kid": STRANGER.kid, "status": "retired", "at": NOW - DAY, "reason": "rotation"},
            {"kid": BOB.kid, "status": "revoked", "at": NOW - DAY, "reason": "leaked"}]
    left = signed(keys=[ALICE.jwk(status="active")], history=gone)
    room.add("a-retired-key-is-refused-by-that-name", "the history says why a key is not there", "docs/format.md", refused("key_retired"), by(STRANGER), left)
    room.add("a-revoked-key-is-refused-by-that-name", "the history says why a key is not there", "docs/format.md", refused("key_revoked"), by(BOB), left)
    room.add("a-key-that-was-never-there-is-unknown", "the history says why a key is not there", "docs/format.md", refused("kid_unknown"),
             token(HEADER | {"kid": "other"}), left)


def delegations(room):
    room.group(870)
    source, rule = "docs/format.md 6", "a key that signs sets is believed for a root's delegation"
    for name, key_set in {
        "a-set-under-a-delegation-is-believed": delegated(delegation()),
        "a-delegation-of-the-next-root-is-believed": delegated(delegation(root=NEXT_ROOT), roots=jwks(ROOT, NEXT_ROOT)["jwks"]),
        "a-delegation-with-unknown-members-is-believed": delegated(delegation(note={"x": 1})),
        "a-delegation-from-a-clock-slightly-ahead-is-believed": delegated(delegation(nbf=NOW + 30)),
        "a-delegation-that-expires-in-a-second-is-believed": delegated(delegation(exp=NOW + 1)),
        "a-delegation-of-the-generation-at-the-floor-is-believed": delegated(delegation(), generation_floor=3),
        "a-root-needs-no-delegation-whatever-the-floor": signed() | {"generation_floor": 9},
    }.items():
        room.add(name, rule, source, OK, key_set=key_set)
    head, payload, signature = delegation().split(".")
    forged = b64(compact({"iss": ISSUER, "nbf": NOW - DAY, "exp": NOW + 30 * DAY, "generation": 4, "key": STRANGER.jwk()}))
    wrong, unknown = "delegation_malformed", "document_root_unknown"
    cases = [
        ("that-is-not-valid-yet", "delegation_not_yet_valid", delegated(delegation(nbf=NOW + 31))),
        ("that-expires-now", "delegation_expired", delegated(delegation(exp=NOW))),
        ("that-was-withdrawn", "delegation_withdrawn", delegated(delegation(), generation_floor=4)),
        ("for-another-issuer", "delegation_issuer_mismatch", delegated(delegation(iss="https://other.example"))),
        ("for-another-key", "delegation_key_mismatch", delegated(delegation(to=NEXT_SIGNER))),
        ("and-a-root-as-signer", "delegation_key_mismatch", delegated(delegation(), key=ROOT)),
        ("and-no-kid", "delegation_key_mismatch", delegated(delegation(), header={"kid": None})),
        ("whose-key-did-not-sign", "document_signature_invalid", delegated(delegation(), key=STRANGER, header={"kid": SIGNER.kid})),
        ("of-an-unknown-root", unknown, delegated(delegation(root=NEXT_ROOT))),
        ("that-the-set-signer-signed-itself", unknown, delegated(delegation(root=SIGNER))),
        ("without-a-root", unknown, delegated(delegation(header={"kid": "none"}))),
        ("that-was-changed", "delegation_signature_invalid", delegated(f"{head}.{forged}.{signature}", key=STRANGER)),
        ("with-a-cut-off-signature", "delegation_signature_invalid", delegated(f"{head}.{payload}.{signature[:-2]}")),
        ("with-a-set-signing-key-as-a-key", "signing_key_in_set", delegated(delegation(), keys=[ALICE.jwk(), SIGNER.jwk()])),
        ("that-is-empty", wrong, delegated("")), ("that-is-a-key-set", wrong, delegated(signed()["signed"])),
        ("of-another-type", wrong, delegated(delegation(header={"typ": "jwk-set+jwt"}))),
        ("of-another-alg", wrong, delegated(delegation(header={"alg": "PS256"}))),
        ("with-crit", wrong, delegated(delegation(header={"crit": ["exp"]}))),
        ("to-a-root", wrong, delegated(delegation(to=ROOT), key=ROOT)),
        ("to-a-weak-key", wrong, delegated(delegation(to=WEAK))),
        ("to-a-private-key", wrong, delegated(delegation(jwk=SIGNER.private_jwk()))),
        ("to-a-key-under-another-name", wrong, delegated(delegation(jwk=SIGNER.jwk(kid="mine")))),
        ("that-is-too-long", wrong, delegated(delegation(note="x" * 8192))),
        ("with-a-member-twice", wrong, delegated(delegation(payload=compact({"iss": ISSUER, "nbf": 0, "exp": NOW + DAY, "generation": 3,
                                                                                "key": SIGNER.jwk()})[:-1] + b',"exp":9e9}'))),
    ]
    cases += [(f"without-{name}", wrong, delegated(delegation(**{name: None}))) for name in ("iss", "nbf", "exp", "generation", "key")]
    for name, generation in {"zero": 0, "in-text": "3", "with-a-fraction": 3.5, "beyond-json": 2**53}.items():
        cases.append((f"of-generation-{name}", wrong, delegated(delegation(generation=generation))))
    for name, code, key_set in cases:
        room.add(f"a-delegation-{name}-is-refused", rule, source, refusal(code), key_set=key_set)
    room.add("a-delegation-at-the-limit-is-believed", "the limit itself is allowed", source, OK, key_set=delegated(delegation_of(8192)))
    room.add("a-delegation-above-the-limit-is-refused", "a delegation is measured before it is decoded", source, refusal(wrong),
             key_set=delegated(delegation_of(8193)))
    # Filters at their limits, which the group of filters has no number left for.
    for name, named in {"sixteen-filters": [FILTER] * 16, "filters-of-ten-million-entries": [FILTER | {"count": 5_000_000}] * 2}.items():
        room.add(f"a-set-whose-{name}-are-missing-is-refused", "the limit itself is allowed", "docs/format.md 4.1",
                 refusal("filter_missing"), key_set=signed(filters=named))


def sequence():
    """Documents for rules about the change from one to the next."""
    yield "roots.json", compact(ROOTS).decode() + "\n"
    yield "token.jws", token()
    yield "plain.json", compact(jwks(ALICE)["jwks"]).decode() + "\n"
    for name, members in {
        "version-6": {"version": 6}, "version-7": {}, "version-7-changed": {"keys": [ALICE.jwk()]}, "version-8": {"version": 8},
        "version-8-of-another-issuer": {"version": 8, "iss": "https://other.example"},
    }.items():
        yield f"{name}.jws", signed(**members)["signed"]
    again = signed(header=DOCUMENT_HEADER | {"kid": NEXT_ROOT.kid}, key=NEXT_ROOT)
    yield "version-7-signed-by-the-next-root.jws", again["signed"]
    yield "next-roots.json", compact(jwks(ROOT, NEXT_ROOT)["jwks"]).decode() + "\n"
