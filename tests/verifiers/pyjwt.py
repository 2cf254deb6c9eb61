"""Judges tokens as a service does that reads a plain key set with PyJWT's PyJWKClient: a token a line in, `ok` or why not a
line out. Usage: pyjwt.py <URL of the key set> <seconds> <iss> <aud>; the seconds are its cooldown and its cache."""

import sys

import jwt

url, seconds, issuer, audience = sys.argv[1:]
keys = jwt.PyJWKClient(url, lifespan=int(seconds), cooldown_duration=int(seconds))

for line in sys.stdin:
    token = line.strip()
    try:
        key = keys.get_signing_key_from_jwt(token)
        jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, audience=audience)
        verdict = "ok"
    except jwt.PyJWTError as error:
        verdict = type(error).__name__
    print(verdict, flush=True)
