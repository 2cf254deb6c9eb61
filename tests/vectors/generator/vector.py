"""The shape of a vector, and what stands in it unless a rule says otherwise."""

from .material import ALICE, BOB, Key, jws

NOW = 1_800_000_000
ISSUER = "https://issuer.example"
AUDIENCE = "api.example"
HEADER = {"alg": "RS256", "typ": "JWT", "kid": ALICE.kid}
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "iat": NOW - 60, "exp": NOW + 3600}
POLICY = {"issuer": ISSUER, "audience": AUDIENCE, "leeway": 30, "required_claims": ["exp"]}
OK = {"ok": True}


def without(value: dict, *names: str) -> dict:
    return {name: member for name, member in value.items() if name not in names}


def refused(code: str, claim: str | None = None, reason: str | None = None) -> dict:
    detail = {"claim": claim, "reason": reason}
    return {"ok": False, "code": code} | {name: value for name, value in detail.items() if value}


def jwks(*keys) -> dict:
    return {"jwks": {"keys": [key.jwk() if isinstance(key, Key) else key for key in keys]}}


def token(header: dict | bytes = HEADER, claims: dict | bytes = CLAIMS, key: Key = ALICE) -> str:
    return jws(header, claims, key)


class Room:
    """Collects vectors and numbers them from the start of their group."""

    def __init__(self):
        self.found = []
        self.number = 0

    def group(self, start: int):
        assert start >= self.number, f"group {start} would run into another"
        self.number = start

    def add(self, name, rule, source, expect, text=None, key_set=None, policy=None, now=NOW):
        vector = {
            "rule": rule,
            "source": source,
            "now": now,
            "key_set": key_set or jwks(ALICE, BOB),
            "policy": POLICY | (policy or {}),
            "token": token() if text is None else text,
            "expect": expect,
        }
        self.found.append((f"{self.number:03}-{name}.json", vector))
        self.number += 1
