"""Characters that are orders to whoever shows a text are refused in every text of a request, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from chassis.errors import InvalidFields
from chassis.rpc import validation
from kamai.contracts.v1 import work_pb2
from kamai.onboarding.v1 import contractor_pb2, payout_method_pb2
from unit.chassis.test_vocabulary import profile

REQUEST_ID = "0f4b6f54-8f6d-4c0e-9d0b-8a2f5b1c7d3e"
WORK_ID = "work_01h455vb4pex5vsknk084sn02q"
ORDERS = ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\u202e", "\u2066", "\ufffe", "\uffff"]
BREAKS = ["\n", "\r\n", "\t"]
LETTERS = ["Zoë Ångström", "क्\u200dष", "نام\u200cها", "👩\u200d👩\u200d👧", "ל\u200fא", "𐍈", "a\u00a0b", "a\u00adb", "\ufeffa"]


def refused(message: Any) -> dict[str, str]:
    """What the fields with such a character are told."""
    try:
        validation.check(message)
    except InvalidFields as error:
        return {each.field: each.message for each in error.violations if each.code == "CHARACTER_NOT_ALLOWED"}
    return {}


def note(text: str) -> work_pb2.SubmitMilestoneRequest:
    return work_pb2.SubmitMilestoneRequest(request_id=REQUEST_ID, id=WORK_ID, note=text)


@pytest.mark.parametrize("character", ORDERS)
def test_orders_are_refused_in_any_text(character: str) -> None:
    """In one line and in several; the answer names the field and the character, not the text."""
    code = f"U+{ord(character):04X}"
    assert refused(profile(legal_name=f"Ayla{character}Sample")) == {"legal_name": f"must not hold the character {code}"}
    assert refused(note(f"first\n{character}")) == {"note": f"must not hold the character {code}"}


@pytest.mark.parametrize("character", BREAKS)
def test_lines_are_for_long_texts(character: str) -> None:
    """A note may have lines, a name has one; half of an end of line is none."""
    assert set(refused(profile(legal_name=f"Ayla{character}Sample"))) == {"legal_name"}
    assert not refused(note(f"first{character}second"))
    assert set(refused(note("first\rsecond"))) == {"note"}


@pytest.mark.parametrize("text", LETTERS)
def test_letters_of_every_script_may_stand(text: str) -> None:
    """Joiners, marks of direction and other spaces are part of writing."""
    assert not refused(profile(legal_name=text, skills=[text]))
    assert not refused(note(text))


def test_every_place_is_looked_at() -> None:
    """Items of lists, messages in messages, keys and values of maps: all at once, and no key is repeated."""
    numbers = [contractor_pb2.IdentityNumber(kind="CNIC", country="PK", value="1\x1b")]
    found = refused(profile(skills=["sound", "so\x00und"], identity_numbers=numbers))
    assert set(found) == {"skills[1]", "identity_numbers[0].value"}
    for pairs in ({"iban\x1b": "x"}, {"iban": "\x1bx"}):
        assert set(refused(payout_method_pb2.GetPayoutMethodRequirementsRequest(fields=pairs))) == {"fields[key]"}
