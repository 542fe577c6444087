"""Tokens of a real OpenID Connect issuer: signed in by its authorization code flow, verified with the keys it publishes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
import structlog
from chassis.identity.refusals import Cause
from grpc import StatusCode
from support import issuer as issuers
from support.databases import TestDatabase
from support.forging import ORGANISATION, claims
from support.issuer import CLIENT, KEYS, Issuer
from support.probe.service import ProbeSettings, definition
from support.probe.servicer import Request, method
from support.services import Served, environment, serving
from support.statuses import refused
from support.tokens import TokenMaker
from support.wait import until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DISCOVERY = "/.well-known/openid-configuration"
REALM = {"realm_access": {"roles": ["auditor", "procurement", "realm-admin"]}, "https://kamai.example/org": ORGANISATION}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuers.running() as running:
        yield running


@asynccontextmanager
async def trusting(issuer: Issuer, database: TestDatabase, tokens: TokenMaker, **more: Any) -> AsyncIterator[Served]:
    """A service that takes the issuer's tokens, which have names of their own for their claims."""
    given = environment(database, tokens.jwks) | {
        "token_keys": None, "token_issuer": issuer.url, "token_audience": CLIENT, "token_roles_claim": "realm_access.roles",
        "token_organisation_claim": "https://kamai.example/org", **more,
    }  # fmt: skip
    async with serving(definition(), ProbeSettings(**given)) as served:
        yield served


async def step(served: Served, token: str) -> Any:
    """A call; what the log says of it."""
    asked = Request(request_id=str(uuid4()), id=1, reason="as planned").SerializeToString()
    with structlog.testing.capture_logs() as lines:
        await served.channel.unary_unary(method("Step"))(asked, metadata=[("authorization", f"Bearer {token}")])
    return next(line for line in lines if line["event"] == "call")


async def answer(served: Served, token: str) -> StatusCode:
    """Code of a call."""
    asked = Request(request_id=str(uuid4()), id=1, reason="as planned").SerializeToString()
    code: StatusCode = await served.channel.unary_unary(method("Step"))(
        asked, metadata=[("authorization", f"Bearer {token}")]
    ).code()
    return code


async def cause(served: Served, token: str) -> Any:
    """Code of a refused call, and the cause the log has."""
    asked = Request(request_id=str(uuid4()), id=1, reason="as planned").SerializeToString()
    with structlog.testing.capture_logs() as lines:
        found = await refused(served.channel.unary_unary(method("Step"))(asked, metadata=[("authorization", f"Bearer {token}")]))
    (line,) = [line for line in lines if line["event"] == "call"]
    return found.code, line.get("cause")


async def test_a_person_who_signed_in(issuer: Issuer, database: TestDatabase, tokens: TokenMaker) -> None:
    """The issuer's token is enough; whom it stands for is read from the claims the settings name; the keys are fetched once."""
    async with trusting(issuer, database, tokens) as served:
        for _ in range(3):
            line = await step(served, await issuer.sign_in("amina", **REALM))
            assert (line["caller"], line["organisation_id"]) == ("amina", ORGANISATION)
        assert (issuer.asked.count(DISCOVERY), issuer.asked.count(KEYS)) == (1, 1)


async def test_tokens_of_the_issuer_that_are_not_for_us(issuer: Issuer, database: TestDatabase, tokens: TokenMaker) -> None:
    """Made for another audience, or for an organisation that is none: refused, though the signature is good."""
    good = await issuer.sign_in("amina", **REALM)
    async with trusting(issuer, database, tokens, token_audience="another") as served:
        assert await cause(served, good) == (StatusCode.UNAUTHENTICATED, Cause.WRONG_AUDIENCE)
    async with trusting(issuer, database, tokens) as served:
        wrong = await issuer.sign_in("amina", **REALM | {"https://kamai.example/org": "lakeshore"})
        assert await cause(served, wrong) == (StatusCode.UNAUTHENTICATED, Cause.MALFORMED_CLAIM)


async def test_the_issuer_rotates_its_key(issuer: Issuer, database: TestDatabase, tokens: TokenMaker) -> None:
    """A token of the new key counts at once, without a restart; one of the key that is gone counts no longer, verified or not."""
    async with trusting(issuer, database, tokens, token_keys_refetch_s=0.01) as served:
        before = await issuer.sign_in("amina", **REALM)
        await step(served, before)
        issuer.down()
        issuer.up()
        await step(served, await issuer.sign_in("amina", **REALM))
        assert await cause(served, before) == (StatusCode.UNAUTHENTICATED, Cause.UNKNOWN_KEY)


async def test_the_keys_are_renewed_without_calls(issuer: Issuer, database: TestDatabase, tokens: TokenMaker) -> None:
    """A key that leaves the issuer's set leaves ours, though nobody comes with an unknown one."""
    async with trusting(issuer, database, tokens, token_keys_refetch_s=0.01, token_keys_refresh_s=0.05) as served:
        before = await issuer.sign_in("amina", **REALM)
        issuer.down()
        issuer.up()

        async def gone() -> bool:
            return await answer(served, before) is StatusCode.UNAUTHENTICATED

        await until(gone)


async def test_the_issuer_is_down(issuer: Issuer, database: TestDatabase, tokens: TokenMaker) -> None:
    """Who holds a token of a known key is served on, also a new one; a service that never had keys says UNAVAILABLE, and serves
    as soon as the issuer is back."""
    held, later = await issuer.sign_in("amina", **REALM), await issuer.sign_in("bilal", **REALM)
    async with trusting(issuer, database, tokens, token_keys_refetch_s=0.01, token_keys_refresh_s=0.02) as served:
        await step(served, held)
        issuer.down()
        for token in (held, later):
            await step(served, token)
    async with trusting(issuer, database, tokens, token_keys_refetch_s=0.05) as served:
        assert await cause(served, held) == (StatusCode.UNAVAILABLE, Cause.KEYS_UNAVAILABLE)
        issuer.up()
        fresh = await issuer.sign_in("amina", **REALM)

        async def back() -> bool:
            return await answer(served, fresh) is StatusCode.OK

        await until(back)


async def test_keys_too_old(issuer: Issuer, database: TestDatabase, tokens: TokenMaker) -> None:
    """Keys nobody could renew for longer than the settings allow count no longer, not even for a token that did."""
    async with trusting(issuer, database, tokens, token_keys_max_stale_s=0.2) as served:
        held = await issuer.sign_in("amina", **REALM)
        issuer.down()

        async def too_old() -> bool:
            return await answer(served, held) is StatusCode.UNAVAILABLE

        await until(too_old)


async def test_garbage_does_not_hammer_the_issuer(issuer: Issuer, database: TestDatabase, tokens: TokenMaker) -> None:
    """Tokens with key ids nobody has are refused by the hundred; the issuer is asked no more than the settings say."""
    async with trusting(issuer, database, tokens, token_keys_refetch_s=60.0) as served:
        for number in range(200):
            forged = tokens.signed(claims(), kid=f"made-up-{number}")
            assert await cause(served, forged) == (StatusCode.UNAUTHENTICATED, Cause.UNKNOWN_KEY)
        assert issuer.asked.count(KEYS) == 1
        await step(served, await issuer.sign_in("amina", **REALM))
