"""Tokens that do not count, over real gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import structlog
from chassis.db.pool import Connection
from chassis.identity.refusals import Cause
from grpc import StatusCode
from support.databases import TestDatabase
from support.forging import CANARY, ORGANISATION, OTHER, claims, in_wrong_hands, of_wrong_claims
from support.probe.service import ProbeSettings, definition
from support.probe.servicer import Request, method
from support.services import Served, environment, serving
from support.statuses import Failure, refused
from support.tokens import TokenMaker


@pytest.fixture
async def served(database: TestDatabase, tokens: TokenMaker) -> AsyncIterator[Served]:
    async with serving(definition(), ProbeSettings(**environment(database, tokens.jwks))) as running:
        yield running


def bad_headers(tokens: TokenMaker) -> dict[str, tuple[list[str], Cause]]:
    """Values of the authorization metadata."""
    good = tokens.signed(claims())
    tables = in_wrong_hands(tokens) | of_wrong_claims(tokens)
    return {
        "none at all": ([], Cause.MISSING),
        "no scheme": ([good], Cause.MALFORMED),
        "basic": (["Basic YWRhOmFkYQ=="], Cause.MALFORMED),
        "empty bearer": (["Bearer "], Cause.MALFORMED),
        "two tokens in one": ([f"Bearer {good} {good}"], Cause.MALFORMED),
        "two headers": ([f"Bearer {good}", f"Bearer {good}"], Cause.MALFORMED),
        "a good and an empty header": ([f"Bearer {good}", ""], Cause.MALFORMED),
        "huge": ([f"Bearer {tokens.signed(claims(padding='x' * 8192))}"], Cause.TOO_LARGE),
        **{name: ([f"Bearer {token}"], cause) for name, (token, cause) in tables.items()},
    }


def bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


async def attempt(served: Served, values: list[str]) -> tuple[Failure, list[Any]]:
    """What the caller is told, and what is logged of it."""
    asked = Request(request_id=str(uuid4()), id=1, reason="as planned").SerializeToString()
    with structlog.testing.capture_logs() as lines:
        call = served.channel.unary_unary(method("Step"))(asked, metadata=[("authorization", value) for value in values])
        found = await refused(call)
    return found, lines


async def test_tokens_that_do_not_count(served: Served, tokens: TokenMaker, connection: Connection) -> None:
    """One answer for all and no effect; one line in the log with the closed cause, and no value of the token's."""
    answers = set()
    for name, (values, cause) in bad_headers(tokens).items():
        found, lines = await attempt(served, values)
        assert (found.code, found.reason) == (StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"), name
        answers.add(found.raw)
        (line,) = [line for line in lines if line["event"] == "call"]
        assert (line["cause"], line["code"]) == (cause, "UNAUTHENTICATED"), name
        assert CANARY not in str(lines), name
        assert not any(value.removeprefix("Bearer ") in str(lines) for value in values if len(value) > 20), name
    assert len(answers) == 1
    assert not await connection.fetchval("SELECT EXISTS (SELECT FROM thing)")


async def test_a_header_of_ours_makes_nobody_another_tenant(served: Served, tokens: TokenMaker) -> None:
    """Who calls, and for whom, is what the token says: other metadata is not asked."""
    asked = Request(request_id=str(uuid4()), id=2, reason="as planned").SerializeToString()
    metadata = [*bearer(tokens.signed(claims())), ("x-kamai-organisation", OTHER), ("x-kamai-roles", "operator")]
    with structlog.testing.capture_logs() as lines:
        await served.channel.unary_unary(method("Step"))(asked, metadata=metadata)
    (line,) = [line for line in lines if line["event"] == "call"]
    assert line["organisation_id"] == ORGANISATION
