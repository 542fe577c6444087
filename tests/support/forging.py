"""Bearer tokens that must not count, each with what the log may say of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
from chassis.identity.claims import APPROVAL
from chassis.identity.refusals import Cause
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from kamai_client.tokens import ISSUER

from support.tokens import TokenMaker

CANARY = "canary-4b1d"
ORGANISATION = "org_01h455vb4pex5vsknk084sn02q"
OTHER = "org_01h455vb4pex5vsknk084sn02r"
CONTRACTOR = "contractor_01h455vb4pex5vsknk084sn02q"


def claims(**changed: Any) -> dict[str, Any]:
    """Those of a good token, with changes; a claim of None is left out."""
    now = int(time.time())
    good = {
        "iss": ISSUER, "sub": CANARY, "aud": "kamai", "iat": now, "exp": now + 600, "org": ORGANISATION, "roles": ["auditor"],
    }  # fmt: skip
    return {name: value for name, value in (good | changed).items() if value is not None}


def encoded(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def unsigned(header: Any, body: Any, signature: str = "") -> str:
    """Put together by hand, as an attacker would."""
    return f"{encoded(header)}.{encoded(body)}.{signature}"


def hs256(secret: bytes) -> str:
    """A public key as if it were a shared secret."""
    head = unsigned({"alg": "HS256", "kid": "test", "typ": "JWT"}, claims()).rpartition(".")[0]
    mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def in_wrong_hands(tokens: TokenMaker) -> dict[str, tuple[str, Cause]]:
    """Signatures, keys and headers."""
    attacker = Ed25519PrivateKey.generate()
    raw = tokens.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    pem = tokens.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    own = attacker.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(own).rstrip(b"=").decode(), "kid": "test"}
    good = tokens.signed(claims())
    head, body, signature = good.split(".")
    return {
        "rubbish": ("rubbish", Cause.MALFORMED),
        "signature cut off": (f"{head}.{body}.", Cause.BAD_SIGNATURE),
        "truncated": (good[:-10], Cause.BAD_SIGNATURE),
        "no signature part": (f"{head}.{body}", Cause.MALFORMED),
        "padding": (f"{good}==", Cause.MALFORMED),
        "another body": (f"{head}.{encoded(claims(org=OTHER))}.{signature}", Cause.BAD_SIGNATURE),
        "another key": (tokens.signed(claims(), key=attacker), Cause.BAD_SIGNATURE),
        "a key in the header": (tokens.signed(claims(), key=attacker, jwk=jwk), Cause.BAD_SIGNATURE),
        "an address of keys": (tokens.signed(claims(), key=attacker, jku="https://attacker.example/jwks"), Cause.BAD_SIGNATURE),
        "certificates elsewhere": (tokens.signed(claims(), key=attacker, x5u="https://attacker.example"), Cause.BAD_SIGNATURE),
        "a key of its own id": (tokens.signed(claims(), key=attacker, kid="other", jwk=jwk), Cause.UNKNOWN_KEY),
        "no key id": (tokens.signed(claims(), kid=None), Cause.UNKNOWN_KEY),
        "alg none": (unsigned({"alg": "none", "kid": "test"}, claims()), Cause.ALGORITHM_NOT_ALLOWED),
        "alg None": (unsigned({"alg": "nOnE", "kid": "test"}, claims()), Cause.ALGORITHM_NOT_ALLOWED),
        "no alg": (unsigned({"kid": "test"}, claims(), "AAAA"), Cause.ALGORITHM_NOT_ALLOWED),
        "HS256 with the raw public key": (hs256(raw), Cause.ALGORITHM_NOT_ALLOWED),
        "HS256 with the public key's PEM": (hs256(pem), Cause.ALGORITHM_NOT_ALLOWED),
        "RS256 on an Ed25519 key": (
            tokens.signed(claims(), key=generate_private_key(65537, 2048), algorithm="RS256"), Cause.KEY_DOES_NOT_FIT,
        ),
        "critical header": (_critical(tokens), Cause.CRITICAL_HEADER),
        "a logout token": (tokens.signed(claims(), typ="logout+jwt"), Cause.WRONG_TYPE),
        "typ of a number": (unsigned({"alg": "EdDSA", "kid": "test", "typ": 1}, claims(), "AAAA"), Cause.WRONG_TYPE),
        "a header that is a list": (unsigned(["EdDSA"], claims(), "AAAA"), Cause.MALFORMED),
        "a deep header": (unsigned("[" * 3000, "{}", "AAAA"), Cause.MALFORMED),
        "a body that is a list": (_raw(tokens, "[1]"), Cause.MALFORMED),
        "a body that is no JSON": (_raw(tokens, "{"), Cause.MALFORMED),
    }  # fmt: skip


def of_wrong_claims(tokens: TokenMaker) -> dict[str, tuple[str, Cause]]:
    """Well signed, and not for us, not now, or of nobody."""
    now = int(time.time())
    table: dict[str, tuple[dict[str, Any], Cause]] = {
        "another issuer": ({"iss": "https://attacker.example"}, Cause.WRONG_ISSUER),
        "another audience": ({"aud": "another"}, Cause.WRONG_AUDIENCE),
        "expired": ({"iat": now - 7200, "exp": now - 61}, Cause.EXPIRED),
        "not yet": ({"nbf": now + 120}, Cause.NOT_YET_VALID),
        "issued in the future": ({"iat": now + 120, "exp": now + 600}, Cause.NOT_YET_VALID),
        "for ever": ({"exp": now + 100_000}, Cause.LIVES_TOO_LONG),
        "not a time": ({"exp": str(now + 600)}, Cause.MALFORMED_CLAIM),
        "time without end": ({"exp": 1e999}, Cause.MALFORMED),
        "time beyond numbers": ({"exp": 10**400}, Cause.MALFORMED_CLAIM),
        "second factor beyond numbers": ({"auth_time": 10**400}, Cause.MALFORMED_CLAIM),
        "time of a truth": ({"nbf": True}, Cause.MALFORMED_CLAIM),
        "empty subject": ({"sub": ""}, Cause.MALFORMED_CLAIM),
        "long subject": ({"sub": "x" * 256}, Cause.MALFORMED_CLAIM),
        "subject of a part of the service": ({"sub": "system:auto-acceptance"}, Cause.MALFORMED_CLAIM),
        "subject of two lines": ({"sub": f"{CANARY}\n"}, Cause.MALFORMED_CLAIM),
        "rubbish for an organisation": ({"org": f"org_{CANARY}"}, Cause.MALFORMED_CLAIM),
        "a contractor for an organisation": ({"org": CONTRACTOR}, Cause.MALFORMED_CLAIM),
        "an empty organisation": ({"org": ""}, Cause.MALFORMED_CLAIM),
        "a list of no organisations": ({"org": []}, Cause.MALFORMED_CLAIM),
        "an organisation of an object": ({"org": {"id": ORGANISATION}}, Cause.MALFORMED_CLAIM),
        "two organisations": ({"org": [ORGANISATION, OTHER]}, Cause.MALFORMED_CLAIM),
        "an organisation and a bank": ({"bank": "indus"}, Cause.MALFORMED_CLAIM),
        "an organisation and a contractor": ({"contractor": CONTRACTOR}, Cause.MALFORMED_CLAIM),
        "rubbish for a bank": ({"org": None, "bank": f"{CANARY} '"}, Cause.MALFORMED_CLAIM),
        "roles of numbers": ({"roles": [1]}, Cause.MALFORMED_CLAIM),
        "roles of an object": ({"roles": {"operator": True}}, Cause.MALFORMED_CLAIM),
        "second factor tomorrow": ({"auth_time": now + 86_400}, Cause.MALFORMED_CLAIM),
        "second factor of a text": ({"auth_time": CANARY}, Cause.MALFORMED_CLAIM),
        "acr of a number": ({"acr": 2}, Cause.MALFORMED_CLAIM),
        "approval of nothing": ({"authorization_details": [{"type": APPROVAL, "actions": ["a.B/C"]}]}, Cause.MALFORMED_CLAIM),
        "approval of no action": ({"authorization_details": [{"type": APPROVAL, "identifier": "ab"}]}, Cause.MALFORMED_CLAIM),
        "approval of an action that is none": (
            {"authorization_details": [{"type": APPROVAL, "actions": [CANARY], "identifier": "ab"}]},
            Cause.MALFORMED_CLAIM,
        ),
        "approval that is no list": ({"authorization_details": CANARY}, Cause.MALFORMED_CLAIM),
        "bound to a certificate": ({"cnf": {"x5t#S256": CANARY}}, Cause.NOT_BOUND_TO_CERTIFICATE),
        "bound to another proof": ({"cnf": {"jkt": CANARY}}, Cause.NOT_BOUND_TO_CERTIFICATE),
    }
    for name in ("iss", "sub", "aud", "exp", "iat"):
        table[f"no {name}"] = {name: None}, Cause.MISSING_CLAIM
    return {name: (tokens.signed(claims(**changed)), cause) for name, (changed, cause) in table.items()}


def _raw(tokens: TokenMaker, body: str) -> str:
    return str(jwt.api_jws.encode(body.encode(), tokens.key, algorithm="EdDSA", headers={"kid": "test"}))


def _critical(tokens: TokenMaker) -> str:
    head = f"{encoded({'alg': 'EdDSA', 'kid': 'test', 'crit': ['exp'], 'exp': 0})}.{encoded(claims())}"
    return f"{head}.{base64.urlsafe_b64encode(tokens.key.sign(head.encode())).rstrip(b'=').decode()}"
