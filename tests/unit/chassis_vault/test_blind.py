"""Blind indexes: equal for one value however it is written, different for anything else, also while keys change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from chassis.vault import KeyProviderFault, blind
from chassis.vault.blind import BlindIndex, Normalised, account_number, email, identity_number, new_key
from hypothesis import assume, given
from hypothesis import strategies as st

texts = st.text(max_size=30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    new_key(tmp_path / "blind.key")
    return tmp_path / "blind.key"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (account_number("DE89 3704 0044 0532 0130 00"), account_number("de89370400440532013000")),
        (account_number("１２３-４５６"), account_number("123456")),
        (account_number("٣٤٥"), account_number("345")),
        (identity_number("de", "idnr", "86 095 742 719"), identity_number(" DE", "IDNR ", "86095742719")),
        (identity_number("NL", "bsn", "1112.22.333"), identity_number("NL", "BSN", "111222333")),
        (email(" Ada@Example.org\n"), email("ada@example.org")),
        (email("jose\u0301@example.org"), email("jos\u00e9@EXAMPLE.ORG")),
    ],
)  # fmt: skip
def test_one_value_has_one_hash(file: Path, first: Normalised, second: Normalised) -> None:
    """Spaces, case, separators and forms of one character do not count."""
    assert BlindIndex(file).candidates(first) == BlindIndex(file).candidates(second)


def test_different_things_have_different_hashes(file: Path) -> None:
    """Country, scheme and purpose are part of it; the same digits elsewhere are something else."""
    values = [
        identity_number("DE", "IDNR", "123456789"),
        identity_number("AT", "IDNR", "123456789"),
        identity_number("DE", "STNR", "123456789"),
        account_number("123456789"),
        account_number("DE IDNR 123456789"),
        email("123456789"),
        identity_number("DEI", "DNR", "123456789"),
    ]
    hashes = {BlindIndex(file).candidates(value)[0] for value in values}
    assert len(hashes) == len(values)
    assert {len(found) for found in hashes} == {blind.INDEX_BYTES}


@given(texts, st.sampled_from([account_number, email]))
def test_what_is_normal_stays_so(text: str, normalise: Callable[[str], Normalised]) -> None:
    """To normalise twice, or with spaces around, changes nothing."""
    try:
        once = normalise(text)
    except ValueError:
        assume(False)
    assert normalise(once.parts[0]) == once
    assert normalise(f" {text} ") == once


@pytest.mark.parametrize("normalise", [account_number, email])
def test_what_has_nothing_left_is_refused(normalise: Callable[[str], Normalised]) -> None:
    """All empty values would be equal."""
    with pytest.raises(ValueError, match="nothing is left of this value"):
        normalise(" \n ")


def test_both_keys_find_a_value_while_they_change(file: Path) -> None:
    """After a rotation without restart the current hash is new, and the old one is still among the candidates, once."""
    index, value = BlindIndex(file), email("ada@example.org")
    old = index.candidates(value)[0]
    assert index.candidates(value) == [old]
    new_key(file)
    new = index.candidates(value)[0]
    assert new != old
    assert index.candidates(value) == [new, old]
    assert index.entries(value)[0].key_id == index.current_key() != index.entries(value)[1].key_id


def test_one_change_of_keys_at_a_time(file: Path) -> None:
    """A third key would drop the one by which values may be stored alone."""
    new_key(file)
    with pytest.raises(KeyProviderFault, match="not over"):
        new_key(file)
    file.write_text(file.read_text().splitlines()[0] + "\n")
    new_key(file)


def test_a_spoilt_file_does_not_stop_a_running_process(file: Path) -> None:
    """What was known stays until the file is good again; a new process refuses it."""
    index, value, good = BlindIndex(file), email("ada@example.org"), file.read_text()
    known = index.candidates(value)[0]
    for bad in ("", "AAAA", good * 3):
        file.write_text(bad)
        assert index.candidates(value)[0] == known
        with pytest.raises(KeyProviderFault):
            BlindIndex(file)
    file.unlink()
    assert index.candidates(value)[0] == known
    new_key(file)
    assert index.candidates(value)[0] != known


def test_its_file_is_private(file: Path) -> None:
    """Others may not read it."""
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(KeyProviderFault, match="others may touch"):
        BlindIndex(file)
