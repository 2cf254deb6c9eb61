"""Keys, and the few operations on them that the vectors need."""

import base64
import datetime
import functools
import hashlib
import json
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEYS = pathlib.Path(__file__).parent.parent / "keys"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def uint(number: int) -> str:
    """Base64urlUInt of RFC 7518 section 2."""
    return b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


class Key:
    """A test key, read from its file, which is made if it is missing."""

    def __init__(self, name: str, bits: int = 2048, exponent: int = 65537):
        path = KEYS / f"{name}.pem"
        if not path.exists():
            made = rsa.generate_private_key(exponent, bits)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(
                made.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        self.private = serialization.load_pem_private_key(path.read_bytes(), None)
        self.numbers = self.private.public_key().public_numbers()
        self.n, self.e = self.numbers.n, self.numbers.e
        self.size = (self.n.bit_length() + 7) // 8

    @functools.cached_property
    def kid(self) -> str:
        """The RFC 7638 thumbprint."""
        return b64(hashlib.sha256(compact({"e": uint(self.e), "kty": "RSA", "n": uint(self.n)})).digest())

    def jwk(self, **members) -> dict:
        """The public JWK; a member given as None is left out."""
        jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": uint(self.n), "e": uint(self.e)}
        return {name: value for name, value in (jwk | members).items() if value is not None}

    def private_jwk(self) -> dict:
        numbers = self.private.private_numbers()
        return self.jwk(d=uint(numbers.d), p=uint(numbers.p), q=uint(numbers.q))

    def pem(self, format: str = "SubjectPublicKeyInfo") -> str:
        public = self.private.public_key()
        return public.public_bytes(serialization.Encoding.PEM, getattr(serialization.PublicFormat, format)).decode()

    def der(self, format: str = "SubjectPublicKeyInfo") -> bytes:
        public = self.private.public_key()
        return public.public_bytes(serialization.Encoding.DER, getattr(serialization.PublicFormat, format))

    def ssh(self) -> bytes:
        public = self.private.public_key()
        return public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)

    def private_pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def raw(self, block: bytes) -> bytes:
        """Raises a whole encoded message to the private exponent, for paddings that no software writes."""
        number = pow(int.from_bytes(block, "big"), self.private.private_numbers().d, self.n)
        return number.to_bytes(self.size, "big")


def certificate(key: Key) -> bytes:
    """A self-signed certificate in PEM, always the same one."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer.example")])
    of_2026 = [datetime.datetime(year, 1, 1) for year in (2026, 2027)]
    builder = x509.CertificateBuilder(name, name, key.private.public_key(), 1, *of_2026)
    return builder.sign(key.private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


ALICE = Key("token-a")
BOB = Key("token-b")
STRANGER = Key("stranger")
ROOT = Key("root-a")
NEXT_ROOT = Key("root-b")
SIGNER = Key("set-signer-a")
NEXT_SIGNER = Key("set-signer-b")


def jws(header, payload, key: Key = ALICE) -> str:
    """A compact JWS. Header and payload are JSON values, or bytes to be taken as they are."""
    segments = (value if isinstance(value, bytes) else compact(value) for value in (header, payload))
    return sign(".".join(b64(segment) for segment in segments), key)


def sign(signing_input: str, key: Key = ALICE) -> str:
    return f"{signing_input}.{b64(key.sign(signing_input.encode()))}"
