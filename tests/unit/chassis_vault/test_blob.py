"""A sealed value opens where it was sealed for, unchanged, with its key, and nowhere else."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

import pytest
from chassis.vault import CannotOpen, Place, blob
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

KEY, KEY_ID = AESGCM(os.urandom(32)), uuid4()
HERE = Place("organisation:1", "contractor", "tax_number", "7")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
filled = texts.filter(bool)
places = st.builds(Place, texts, filled, filled, filled)


@given(st.binary(max_size=300), places, st.uuids())
def test_round_trip(plaintext: bytes, place: Place, key_id: UUID) -> None:
    """What was sealed comes back, the key's id can be read, and the overhead is the documented one."""
    sealed = blob.seal_value(KEY, key_id, place, plaintext)
    assert blob.open_value(KEY, place, sealed) == plaintext
    assert blob.key_id_of(place, sealed) == key_id
    assert len(sealed) == len(plaintext) + blob.OVERHEAD_BYTES == len(plaintext) + 45


@given(st.binary(max_size=40), st.data())
def test_any_changed_byte_is_noticed(plaintext: bytes, data: st.DataObject) -> None:
    """Whatever byte changes, version and key id among them, the value does not open."""
    sealed = bytearray(blob.seal_value(KEY, KEY_ID, HERE, plaintext))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        blob.open_value(KEY, HERE, bytes(sealed))


@given(st.data())
def test_a_cut_or_longer_value_is_noticed(data: st.DataObject) -> None:
    """Cut anywhere, to nothing too, or with bytes behind, it does not open."""
    sealed = blob.seal_value(KEY, KEY_ID, HERE, b"value")
    cut = data.draw(st.integers(0, len(sealed) - 1))
    for changed in (sealed[:cut], sealed + b"\0"):
        with pytest.raises(CannotOpen):
            blob.open_value(KEY, HERE, changed)


@given(places, places)
def test_a_value_opens_in_its_place_only(first: Place, second: Place) -> None:
    """No other place opens it, however alike the two are."""
    assume(first != second)
    with pytest.raises(CannotOpen):
        blob.open_value(KEY, second, blob.seal_value(KEY, KEY_ID, first, b"value"))


@pytest.mark.parametrize("part", ["tenant", "table", "column", "row"])
def test_every_part_of_the_place_counts(part: str) -> None:
    """A change in any one part closes the value."""
    parts = {name: getattr(HERE, name) for name in ("tenant", "table", "column", "row")}
    with pytest.raises(CannotOpen):
        blob.open_value(KEY, Place(**{**parts, part: "other"}), blob.seal_value(KEY, KEY_ID, HERE, b"value"))


def test_characters_do_not_move_between_parts() -> None:
    """Parts that read the same when put together are different places."""
    sealed = blob.seal_value(KEY, KEY_ID, Place("ab", "c", "d", "e"), b"value")
    for place in (Place("a", "bc", "d", "e"), Place("abc", "d", "e", "e"), Place("", "abc", "d", "e")):
        with pytest.raises(CannotOpen):
            blob.open_value(KEY, place, sealed)


def test_another_key_does_not_open_it() -> None:
    """The right place with another key is refused."""
    with pytest.raises(CannotOpen):
        blob.open_value(AESGCM(os.urandom(32)), HERE, blob.seal_value(KEY, KEY_ID, HERE, b"value"))


def test_equal_values_look_different() -> None:
    """Nonces are new each time: nothing tells that two values are equal."""
    assert len({blob.seal_value(KEY, KEY_ID, HERE, b"value")[17:] for _ in range(1000)}) == 1000


@pytest.mark.parametrize("other", [b"", b"\xd1", b"plain text that was never sealed, long enough to be one", b"\xd2" + bytes(60)])
def test_what_is_no_sealed_value_is_refused(other: bytes) -> None:
    """Text, nothing and a future version are told from a sealed value before a key is looked for."""
    with pytest.raises(CannotOpen):
        blob.key_id_of(HERE, other)


def test_errors_hold_no_value() -> None:
    """The text names the place and nothing of the value."""
    with pytest.raises(CannotOpen) as error:
        blob.open_value(KEY, HERE, blob.seal_value(KEY, KEY_ID, Place("t", "t", "c", "r"), b"secret number"))
    assert str(error.value) == "contractor.tax_number of 7: sealed for another place or changed"
    assert error.value.__cause__ is None


def test_a_place_is_whole() -> None:
    """Only the tenant may be empty."""
    with pytest.raises(ValueError, match="table, a column and a row"):
        Place("organisation:1", "contractor", "", "7")


@given(st.lists(st.binary(max_size=8), max_size=5), st.lists(st.binary(max_size=8), max_size=5))
def test_framing_is_unambiguous(first: list[bytes], second: list[bytes]) -> None:
    """Different parts give different bytes."""
    assert (blob.framed(*first) == blob.framed(*second)) == (first == second)
