"""Event headers against the CloudEvents library's Kafka binding."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.events import envelope
from chassis.events.record import readable
from chassis.events.topics import UndecodableEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

names = st.text(st.characters(categories=["L", "N"], max_codepoint=0x2FF), min_size=1, max_size=40)
rows = st.fixed_dictionaries(
    {
        "event_id": st.uuids(),
        "type": names,
        "key": names.map(str.encode),
        "aggregate_version": st.integers(1, 2**63 - 1),
        "created_at": st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "headers": st.just({}),
    }
)


class Bytes(JSONFormat):
    """A format of the library that leaves the payload alone."""

    def read_data(self, body: bytes, datacontenttype: str | None) -> bytes:
        return body

    def write_data(self, data: Any, datacontenttype: str | None) -> bytes:
        assert isinstance(data, bytes)
        return data


@given(rows, st.binary(max_size=50))
def test_the_library_reads_what_we_write(row: dict[str, Any], payload: bytes) -> None:
    """A record of ours is a CloudEvent in binary mode, attribute by attribute."""
    written = KafkaMessage(dict(envelope.headers(b"/kamai/test", row)), None, payload)
    event = from_binary(written, Bytes())
    assert (event.get_id(), event.get_type(), event.get_source()) == (str(row["event_id"]), row["type"], "/kamai/test")
    assert (event.get_specversion(), event.get_subject()) == ("1.0", row["key"].decode())
    assert (event.get_time(), event.get_datacontenttype()) == (row["created_at"], "application/protobuf")
    assert event.get_extension("sequence") == str(row["aggregate_version"])
    assert event.get_data() == payload


@given(rows, st.binary(max_size=50))
def test_we_read_what_the_library_writes(row: dict[str, Any], payload: bytes) -> None:
    """A CloudEvent of another producer, written by the library, is an envelope with the same values."""
    event = CloudEvent(
        {
            "id": str(row["event_id"]), "type": row["type"], "source": "/other", "specversion": "1.0",
            "subject": row["key"].decode(), "time": row["created_at"], "datacontenttype": "application/protobuf",
            "sequence": str(row["aggregate_version"]),
        },
        payload,
    )  # fmt: skip
    found = envelope.parse(to_binary(event, Bytes()).headers.items())
    assert found == envelope.Envelope(
        row["event_id"], row["type"], "/other", row["key"].decode(), row["aggregate_version"], row["created_at"]
    )


@given(rows)
def test_we_read_what_we_write(row: dict[str, Any]) -> None:
    """Headers of the outbox row replace ours or are added."""
    extra = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "ce_type": "replaced"}
    found = envelope.parse(envelope.headers(b"/kamai/test", row | {"headers": extra}))
    assert (found.traceparent, found.type, found.event_id) == (extra["traceparent"], "replaced", row["event_id"])


GOOD = {
    "ce_specversion": b"1.0", "ce_id": str(UUID(int=7)).encode(), "ce_type": b"t", "ce_source": b"/s", "ce_subject": b"thing_1",
    "ce_sequence": b"3", "ce_time": b"2026-01-02T03:04:05Z",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_attribute_is_needed(name: str) -> None:
    """An envelope without one of them cannot be read, and the error names it."""
    with pytest.raises(UndecodableEvent, match=name):
        envelope.parse([(n, v) for n, v in GOOD.items() if n != name])


@given(st.lists(st.tuples(st.sampled_from([*GOOD, "other"]), st.binary(max_size=1200) | st.just(None)), max_size=4))
def test_no_header_breaks_the_parser(spoiled: list[tuple[str, Any]]) -> None:
    """Any bytes in any header are an envelope or a clear refusal; what passes can be stored."""
    try:
        found = envelope.parse([*GOOD.items(), *spoiled])
    except UndecodableEvent:
        return
    assert "\0" not in found.subject + found.type + found.source
    assert found.time.tzinfo is not None


@given(st.binary(max_size=60))
def test_readable_is_text_for_postgres(raw: bytes) -> None:
    """Whatever the bytes are: valid UTF-8 without NUL."""
    assert b"\0" not in readable(raw).encode()


def test_an_envelope_of_an_unknown_id() -> None:
    """Two records differ by their ids alone."""
    other = GOOD | {"ce_id": str(uuid4()).encode()}
    assert envelope.parse(GOOD.items()) != envelope.parse(other.items())
