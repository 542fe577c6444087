"""Tokens that do not count, over real gRPC."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import jwt
import pytest
from chassis.db.pool import Connection
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from grpc import StatusCode
from support.databases import TestDatabase
from support.probe.service import ProbeSettings, definition
from support.probe.servicer import Request, method
from support.services import Served, environment, serving
from support.statuses import refused
from support.tokens import TokenMaker


@pytest.fixture
async def served(database: TestDatabase, tokens: TokenMaker) -> AsyncIterator[Served]:
    async with serving(definition(), ProbeSettings(**environment(database, tokens.jwks))) as running:
        yield running


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(tokens: TokenMaker, *, key: Any = None, algorithm: str = "EdDSA", kid: str | None = "test", **claims: Any) -> str:
    """A token that differs from a good one in what is given; a claim of None is left out."""
    now = int(time.time())
    body = {"sub": "ada", "aud": "kamai", "iat": now, "exp": now + 600, "org": "org_1"} | claims
    body = {name: value for name, value in body.items() if value is not None}
    return jwt.encode(body, key or tokens._key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def none_token() -> str:
    """`alg: none`, put together by hand as an attacker would."""
    now = int(time.time())
    return f"{encoded({'alg': 'none', 'kid': 'test'})}.{encoded({'sub': 'ada', 'aud': 'kamai', 'iat': now, 'exp': now + 600})}."


def hs256_with_public_key(tokens: TokenMaker) -> str:
    """Signed with the public key as if it were a shared secret."""
    public = json.loads(tokens.jwks.read_text())["keys"][0]["x"]
    now = int(time.time())
    claims = {"sub": "ada", "aud": "kamai", "iat": now, "exp": now + 600}
    head = f"{encoded({'alg': 'HS256', 'kid': 'test', 'typ': 'JWT'})}.{encoded(claims)}"
    secret = base64.urlsafe_b64decode(public + "==")
    mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def bad_tokens(tokens: TokenMaker) -> dict[str, str]:
    now = int(time.time())
    good = signed(tokens)
    return {
        "none at all": "",
        "no scheme": good,
        "basic": "Basic YWRhOmFkYQ==",
        "empty bearer": "Bearer ",
        "rubbish": "Bearer rubbish",
        "expired": f"Bearer {signed(tokens, iat=now - 7200, exp=now - 3600)}",
        "not yet": f"Bearer {signed(tokens, nbf=now + 3600)}",
        "another audience": f"Bearer {signed(tokens, aud='another')}",
        "no expiry": f"Bearer {signed(tokens, exp=None)}",
        "no subject": f"Bearer {signed(tokens, sub=None)}",
        "another key": f"Bearer {signed(tokens, key=Ed25519PrivateKey.generate())}",
        "unknown key id": f"Bearer {signed(tokens, kid='other')}",
        "no key id": f"Bearer {signed(tokens, kid=None)}",
        "alg none": f"Bearer {none_token()}",
        "HS256 with the public key": f"Bearer {hs256_with_public_key(tokens)}",
        "signature cut off": f"Bearer {good.rpartition('.')[0]}.",
        "changed": f"Bearer {good[:-6]}AAAAAA",
    }


async def test_tokens_that_do_not_count(served: Served, tokens: TokenMaker, connection: Connection) -> None:
    """No token, or any that is not signed by our key for us and now: one answer for all, and no effect."""
    step = served.channel.unary_unary(method("Step"))
    asked = Request(request_id=str(uuid4()), id=1, reason="as planned").SerializeToString()
    answers = set()
    for name, value in bad_tokens(tokens).items():
        found = await refused(step(asked, metadata=(("authorization", value),) if value else ()))
        assert (found.code, found.reason) == (StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"), name
        answers.add(found.raw)
    assert len(answers) == 1
    assert not await connection.fetchval("SELECT EXISTS (SELECT FROM thing)")
    assert await step(asked, metadata=(("authorization", f"Bearer {signed(tokens)}"),))
