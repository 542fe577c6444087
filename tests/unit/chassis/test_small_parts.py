"""Statements loader, retry policy, pages, topic registry, settings, traces."""

from __future__ import annotations

import contextlib
import secrets
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from chassis import trace
from chassis.db.statements import Statements
from chassis.errors import InvalidPageToken
from chassis.events.retry import RetryPolicy
from chassis.events.topics import Topic, TopicRegistry, UndecodableEvent
from chassis.rpc import pages
from chassis.settings import ServiceSettings
from hypothesis import given
from hypothesis import strategies as st
from kamai.ops.v1 import event_admin_pb2 as pb
from pydantic import SecretStr, ValidationError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package for files of a test."""
    folder = tmp_path / f"sql{secrets.token_hex(4)}"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return folder


def test_statements_by_name(package: Path) -> None:
    """Every statement of every file is an attribute, without its head and its semicolon."""
    (package / "a.sql").write_text(
        "-- a file\n-- name: one (why it is there)\nSELECT 1;\n\n-- name: two\n-- a rule\nSELECT\n 2\n"
    )
    (package / "b.sql").write_text("-- name: three\nSELECT 3")
    sql = Statements(package.name)
    assert sql.items() == [("one", "SELECT 1"), ("three", "SELECT 3"), ("two", "-- a rule\nSELECT\n 2")]
    assert sql.one == "SELECT 1"
    with pytest.raises(AttributeError, match="no statement four"):
        _ = sql.four


def test_a_statement_that_is_there_twice(package: Path) -> None:
    """Two statements of one name in one package are a mistake, in one file or in two."""
    (package / "a.sql").write_text("-- name: one\nSELECT 1\n")
    (package / "b.sql").write_text("-- name: one\nSELECT 2\n")
    with pytest.raises(ValueError, match="one exists twice"):
        Statements(package.name)


def test_the_default_policy() -> None:
    """Five tries, pauses from 100 ms up to 10 s."""
    policy = RetryPolicy()
    assert [policy.exhausted(n) for n in (1, 4, 5, 6)] == [False, False, True, True]
    assert policy.pause_s(1) == 0.1
    assert policy.pause_s(50) == 10.0


@given(st.integers(1, 400))
def test_pauses_grow_and_stay_bounded(failures: int) -> None:
    """A later pause is never shorter, and none is longer than the policy says."""
    policy = RetryPolicy()
    assert policy.first_s <= policy.pause_s(failures) <= policy.pause_s(failures + 1) <= policy.longest_s


def listing(**more: object) -> pb.ListFailedEventsRequest:
    return pb.ListFailedEventsRequest(**more)  # type: ignore[arg-type]


@given(st.uuids(), st.integers(1, 20))
def test_a_token_leads_on(last: UUID, size: int) -> None:
    """The token of a full page brings the next request behind the last row given; the page size may change."""
    page = pages.of(listing(page_size=size))
    given_rows, token = pages.cut(page, [UUID(int=0)] * (size - 1) + [last, UUID(int=1)], lambda row: row)
    assert len(given_rows) == size
    following = pages.of(listing(page_size=size + 1, page_token=token))
    assert (following.after, following.limit) == (last, size + 1)


def test_the_last_page_has_no_token() -> None:
    """As many rows as fit, or fewer: no token."""
    page = pages.of(listing(page_size=3))
    assert pages.cut(page, [1, 2, 3], lambda _row: UUID(int=0)) == ([1, 2, 3], "")
    assert pages.of(listing()).limit == 50


def test_a_token_cannot_cross_filters_or_methods() -> None:
    """A token is good for the same list with the same filters only."""
    page = pages.of(listing(page_size=1, states=[pb.FAILED_EVENT_STATE_DEAD]))
    _, token = pages.cut(page, [1, 2], lambda _row: UUID(int=9))
    assert pages.of(listing(page_token=token, states=[pb.FAILED_EVENT_STATE_DEAD])).after == UUID(int=9)
    for other in (listing(page_token=token), listing(page_token=token, states=[pb.FAILED_EVENT_STATE_PARKED])):
        with pytest.raises(InvalidPageToken):
            pages.of(other)


@given(st.text(min_size=1, max_size=60))
def test_made_up_tokens_are_refused(token: str) -> None:
    """Any text that is no token of ours: a clear refusal."""
    with pytest.raises(InvalidPageToken):
        pages.of(listing(page_token=token))


REGISTRY = TopicRegistry([Topic("things", "thing", (pb.FailedEvent,))])


def test_the_registry() -> None:
    """Topics by message; the dead letters beside each."""
    topic = REGISTRY.of(pb.FailedEvent(id=1))
    assert topic is REGISTRY.topics[0]
    assert topic.dead_letters == "things.dlt"
    assert REGISTRY.decode("kamai.ops.v1.FailedEvent", pb.FailedEvent(id=4).SerializeToString()) == pb.FailedEvent(id=4)
    assert REGISTRY.decode("kamai.ops.v1.Newer", b"\xff") is None


@given(st.binary(max_size=200))
def test_no_payload_breaks_the_decoder(payload: bytes) -> None:
    """Any bytes are a message or undecodable."""
    with contextlib.suppress(UndecodableEvent):
        REGISTRY.decode("kamai.ops.v1.FailedEvent", payload)


def test_settings_name_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """All wrong or missing settings come in one error, and a secret's value is in none of its texts."""
    monkeypatch.setenv("KAMAI_DATABASE_URL", "postgresql://app:canary@db/kamai?sslmode=require")
    monkeypatch.setenv("KAMAI_MAX_CALL_S", "canary")
    with pytest.raises(ValidationError) as caught:
        ServiceSettings()
    faults = caught.value.errors(include_input=False, include_url=False)
    assert {fault["loc"] for fault in faults} == {("max_call_s",), ("token_issuer",)}
    assert "canary" not in str(faults)


@pytest.mark.parametrize(
    "given_settings", [{"limit_calls_at_once": 101}, {"limit_refusals_waiting": 151}, {"max_concurrent_calls": 700}]
)
def test_one_tenant_is_far_from_all_calls(given_settings: dict[str, int]) -> None:
    """What one tenant may hold is a fifth of all calls at most; the error names the three settings."""
    with pytest.raises(ValidationError) as caught:
        ServiceSettings(
            token_issuer="https://login.example", database_url=SecretStr("-"), vault_directory=Path("/"), **given_settings
        )
    (fault,) = caught.value.errors()
    assert fault["loc"] == ("max_concurrent_calls",)
    assert "KAMAI_LIMIT_CALLS_AT_ONCE and KAMAI_LIMIT_REFUSALS_WAITING" in fault["msg"]


FAR = {"kafka_bootstrap": "127.0.0.1:9092,kafka.example:9092"}
DATABASE = "postgresql://app:canary@db.example/kamai"


@pytest.mark.parametrize(
    ("given_settings", "refused"),
    [
        ({"database_url": DATABASE}, "database_url"),
        ({"database_url": f"{DATABASE}?sslmode=prefer"}, "database_url"),
        ({"admin_database_url": DATABASE}, "admin_database_url"),
        ({"database_url": "postgresql://app:canary@[db/kamai"}, "database_url"),
        (FAR, "kafka_security_protocol"),
        (FAR | {"kafka_security_protocol": "SASL_PLAINTEXT"}, "kafka_security_protocol"),
        (FAR | {"kafka_security_protocol": "SASL_SSL"}, None),
        ({"kafka_bootstrap": "127.0.0.1:9092,[::1]:9092"}, None),
        ({"database_url": f"{DATABASE}?sslmode=verify-full"}, None),
        ({"database_url": "postgresql://app:canary@127.0.0.1/kamai"}, None),
        (FAR | {"database_url": DATABASE, "tls_outbound_elsewhere": True}, None),
        (FAR | {"database_url": DATABASE, "env": "development", "token_keys": Path("/")}, None),
    ],
)
def test_no_plain_text_leaves_the_machine_in_production(given_settings: dict[str, Any], refused: str | None) -> None:
    """The database and Kafka are spoken to by TLS, unless a mesh is said to do it; the error shows no password."""
    given = {"token_issuer": "https://login.example", "database_url": "-", "vault_directory": Path("/")} | given_settings
    if refused is None:
        ServiceSettings(**given)
        return
    with pytest.raises(ValidationError) as caught:
        ServiceSettings(**given)
    (fault,) = caught.value.errors(include_input=False, include_url=False)
    assert fault["loc"] == (refused,)
    assert "canary" not in fault["msg"]


def test_settings_hide_secrets_and_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A printed settings object shows no secret, and nobody changes it after the start."""
    monkeypatch.setenv("KAMAI_DATABASE_URL", "postgresql://app:canary@db/kamai?sslmode=require")
    monkeypatch.setenv("KAMAI_KAFKA_PASSWORD", "canary")
    settings = ServiceSettings(token_issuer="https://login.example", vault_directory=Path("/"))
    assert "canary" not in f"{settings!r} {settings.model_dump_json()}"
    with pytest.raises(ValidationError):
        settings.max_call_s = 5  # type: ignore[misc]


@pytest.mark.parametrize("given_text", ["", "rubbish", "00-" + "0" * 60, "00-" + "g" * 32 + "-" + "0" * 16 + "-01"])
def test_malformed_traces_count_as_none(given_text: str) -> None:
    """Only a traceparent of the W3C form travels on."""
    trace.enter(given_text)
    assert trace.headers() == {}
    good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    trace.enter(good)
    assert trace.headers() == {"traceparent": good}
    trace.enter("")
