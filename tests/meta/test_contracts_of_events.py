"""Topics, protos and documentation say the same."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from chassis.errors import Reason
from kamai.banking.v1 import events_pb2 as banking
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.onboarding.v1 import events_pb2 as onboarding
from kamai.payouts.v1 import events_pb2 as payouts
from kamai.type.v1 import errors_pb2

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("onboarding", "contracts", "payouts")
NOT_AN_EVENT = {"kamai.onboarding.v1.PaymentInstruction"}  # sealed inside of one


def definition(service: str) -> Any:
    return importlib.import_module(f"{service}.main").definition()


def test_every_event_message_is_on_exactly_one_topic() -> None:
    """Each message of an events.proto is written to one topic, by one service."""
    listed = [m.DESCRIPTOR.full_name for s in SERVICES for topic in definition(s).emits.topics for m in topic.messages]
    declared = {
        message.full_name
        for file in (onboarding, contracts, payouts, banking)
        for message in file.DESCRIPTOR.message_types_by_name.values()
    }
    assert sorted(listed) == sorted(declared - NOT_AN_EVENT)


@pytest.mark.parametrize("service", SERVICES)
def test_a_consumed_topic_is_the_one_that_is_written(service: str) -> None:
    """What a service reads is declared by its writer with the same name and aggregate, and every type it handles is on it."""
    written = {topic.name: topic for s in SERVICES for topic in definition(s).emits.topics}
    for topic in definition(service).consumes.topics:
        assert topic.name in written
        assert topic.aggregate == written[topic.name].aggregate
        assert set(topic.messages) <= set(written[topic.name].messages)


def test_reasons_of_errors_are_those_of_the_protos() -> None:
    """The closed list in code equals the one integrators generate."""
    declared = {name.removeprefix("ERROR_REASON_") for name in errors_pb2.ErrorReason.keys()} - {"UNSPECIFIED"}  # noqa: SIM118
    assert {reason.value for reason in Reason} == declared


def test_generated_pages_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/ agrees with protos, topics, errors and settings."""
    docs = importlib.util.spec_from_file_location("kamai_docs", ROOT / "tools/docs.py")
    assert docs
    assert docs.loader
    module = importlib.util.module_from_spec(docs)
    docs.loader.exec_module(module)
    stale = [name for name, text in module.pages().items() if (ROOT / "docs" / name).read_text() != text]
    assert not stale, "run `make docs`"
