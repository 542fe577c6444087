"""Card numbers in free text are found however they are written, and nothing else is taken for one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from chassis.errors import InvalidFields
from chassis.ids import encode
from chassis.rpc.validation import check
from hypothesis import given
from hypothesis import strategies as st
from kamai.contracts.v1 import contract_pb2, work_pb2
from kamai_vocabulary.card_numbers import holds_card_number
from stdnum import luhn

# Numbers the issuers publish for tests, and such as nobody has.
CARDS = [
    "4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "30569309025904",
    "3530111333300000", "6011111111111117", "6759649826438453",
]  # fmt: skip
digits = st.text("0123456789", min_size=1)
around = st.sampled_from(["", "paid with ", "card: ", "(", "no. 12, ", "№", "\n", "5 "])


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("apart", ["", " ", "-", ".", "\u00a0", " - ", "\u2013"])
def test_cards_in_groups(card: str, apart: str) -> None:
    """In one piece, and in the groups of its kind."""
    sizes = {15: (4, 6, 5), 14: (4, 6, 4), 13: (4, 4, 5)}.get(len(card), (4, 4, 4, 4))
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    written = apart.join(card[start : start + size] for start, size in zip(starts, sizes, strict=True))
    assert holds_card_number(f"Please use {written}, thank you")
    assert holds_card_number(f"12 {written} 3")


@given(st.sampled_from(["4", "51", "55", "2221", "2720", "60", "65", "62"]), st.data(), around, around)
def test_any_valid_card_is_found(prefix: str, data: st.DataObject, before: str, behind: str) -> None:
    """Whatever its digits and what stands around it."""
    body = prefix + data.draw(st.text("0123456789", min_size=15 - len(prefix), max_size=15 - len(prefix)))
    card = body + luhn.calc_check_digit(body)
    assert holds_card_number(f"{before}{card}" + (f" {behind}" if behind else ""))
    assert holds_card_number(" ".join(card))
    assert holds_card_number("".join(chr(0x0660 + int(digit)) for digit in card))
    assert holds_card_number("".join(chr(0xFF10 + int(digit)) for digit in card))
    wrong = body + str((int(card[-1]) + 1) % 10)
    assert not holds_card_number(wrong)


@given(digits, st.integers(1, 9))
def test_parts_of_longer_numbers_are_none(more: str, first: int) -> None:
    """A card's digits within a longer number are not a card's number."""
    for card in CARDS:
        if len(card) + len(more) >= 19:
            assert not holds_card_number(f"{first}{card}{more}")
        assert not holds_card_number(f"id_{card}")
        assert not holds_card_number(f"{card}x{more}")
        assert not holds_card_number(f"0.{card}")
        assert not holds_card_number(f"+{card}")


def iban(country: str, rest: str) -> str:
    number = int("".join(str(int(char, 36)) for char in f"{rest}{country}00"))
    return f"{country}{98 - number % 97:02}{rest}"


@given(
    st.uuids(), st.integers(-2 * 10**9, 4 * 10**9), st.integers(0, 10**12), st.text("0123456789", min_size=18, max_size=18),
    st.text("0123456789", min_size=8, max_size=12),
)  # fmt: skip
def test_other_numbers_are_no_cards(ident: uuid.UUID, seconds: int, amount: int, account: str, phone: str) -> None:
    """Ids, dates and times, amounts, IBANs and telephone numbers, alone and together."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    number = iban("DE", account)
    spaced = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    texts = [
        str(ident), encode("invoice", ident),
        moment.isoformat(), f"{moment:%Y-%m-%d} {moment:%Y-%m-%d}", f"{moment:%Y%m%d%H%M%S}", f"{moment:%d.%m.%Y %H.%M}",
        f"{amount}", f"{amount / 100:,.2f}", f"{amount:,}".replace(",", "."), f"{amount:,}".replace(",", " "),
        number, spaced, spaced.replace(" ", "-"), number.lower(), f"+49{phone}", f"+49 {phone[:4]} {phone[4:]}",
        f"0{phone}", f"{phone[:3]} {phone[3:6]} {phone[6:]}",
    ]  # fmt: skip
    for text in texts:
        assert not holds_card_number(text), text
        assert not holds_card_number(f"see {text}, as agreed"), text


def test_a_request_with_a_card_is_refused_without_its_number() -> None:
    """Each field is named, in nested messages too; the number is not said again."""
    request = work_pb2.SubmitTimesheetRequest(
        entries=[work_pb2.TimeEntry(note="fine"), work_pb2.TimeEntry(note=f"paid by {CARDS[0]}")]
    )
    with pytest.raises(InvalidFields) as refused:
        check(request)
    found = [each for each in refused.value.violations if each.code == "CARD_NUMBER"]
    assert [each.field for each in found] == ["entries[1].note"]
    assert CARDS[0] not in repr(refused.value.violations)
    with pytest.raises(InvalidFields) as refused:
        check(contract_pb2.VoidContractRequest(reason=f"Card {CARDS[1]} was charged"))
    assert "reason" in {each.field for each in refused.value.violations if each.code == "CARD_NUMBER"}


def test_long_texts_cost_little() -> None:
    """Text of the greatest size, made to look like a number for as long as it can."""
    for text in ("4 " * 10_000, "4111-" * 4_000, "1" * 20_000, "DE89" * 5_000, "DE00 " * 4_000):
        assert not holds_card_number(text)
