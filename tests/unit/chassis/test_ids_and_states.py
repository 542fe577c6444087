"""Ids are TypeIDs; states move by tables."""

from __future__ import annotations

import contextlib
from enum import StrEnum
from uuid import UUID

import pytest
from chassis import ids
from chassis.errors import IllegalState, InvalidFields
from chassis.states import StateTable
from hypothesis import given
from hypothesis import strategies as st

prefixes = st.from_regex(r"[a-z]([a-z_]{0,20}[a-z])?", fullmatch=True)


@given(prefixes, st.uuids())
def test_id_and_back(prefix: str, value: UUID) -> None:
    """Every UUID survives the way into text and back, with its prefix and without knowing it."""
    text = ids.encode(prefix, value)
    assert ids.decode(text, prefix) == ids.raw(text) == value
    assert len(text) == len(prefix) + 27


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("prefix_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
        ("prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("prefix_0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"),
        ("pre_fix_00000000000000000000000001", "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_examples_of_the_specification(text: str, value: str) -> None:
    """Pairs from the valid.yml of the TypeID specification."""
    assert ids.raw(text) == UUID(value)
    assert ids.encode(text.rpartition("_")[0], UUID(value)) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "_", "c", "c_", "other_00000000000000000000000000", "00000000000000000000000000", "c_0000000000000000000000000",
        "c_000000000000000000000000000", "c_8zzzzzzzzzzzzzzzzzzzzzzzzz", "c_0000000000000000000000000I",
        "c_0000000000000000000000000-", "C_00000000000000000000000000", "c_0000000000000000000000000A",
        "c_0000000000000000000000000u", "c_-0000000000000000000000000",
        "c_٠0000000000000000000000000", " c_00000000000000000000000000", "c_00000000000000000000000000\n",
    ],
)  # fmt: skip
def test_what_is_no_such_id_is_refused(text: str) -> None:
    """Another kind, another length, another alphabet, too large a number: a violation of the field that was asked for."""
    with pytest.raises(InvalidFields) as caught:
        ids.decode(text, "c", "contractor_id")
    assert [v.field for v in caught.value.violations] == ["contractor_id"]


@given(st.text(max_size=40))
def test_no_text_breaks_the_decoder(text: str) -> None:
    """Any text is an id or a clear refusal."""
    with contextlib.suppress(InvalidFields):
        assert ids.encode(text.rpartition("_")[0], ids.raw(text)) == text


def test_new_ids_are_in_order_of_time() -> None:
    """Ids made one after the other sort by their making."""
    made = [ids.RandomIds().new("c") for _ in range(200)]
    assert len(set(made)) == 200
    assert [m[:13] for m in made] == sorted(m[:13] for m in made)


class Door(StrEnum):
    OPEN = "OPEN"
    SHUT = "SHUT"
    GONE = "GONE"


TABLE = StateTable("door", {Door.OPEN: {"shut": Door.SHUT}, Door.SHUT: {"open": Door.OPEN, "remove": Door.GONE}})


def test_allowed_moves() -> None:
    """A verb leads where the table says."""
    assert TABLE.next(Door.OPEN, "shut") is Door.SHUT
    assert TABLE.moves() == [
        (Door.OPEN, "shut", Door.SHUT), (Door.SHUT, "open", Door.OPEN), (Door.SHUT, "remove", Door.GONE),
    ]  # fmt: skip


@given(st.sampled_from(Door), st.text(max_size=10))
def test_other_moves_say_what_is_possible(state: Door, verb: str) -> None:
    """Every verb the table does not have raises with the state and the verbs that would do."""
    if verb in TABLE.verbs(state):
        return
    with pytest.raises(IllegalState) as caught:
        TABLE.next(state, verb)
    assert caught.value.metadata == {"kind": "door", "state": state, "verb": verb, "allowed": ",".join(TABLE.verbs(state))}
    assert ("final" in caught.value.message) == (state is Door.GONE)
