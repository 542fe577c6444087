"""Account numbers in what banks write in words."""

from __future__ import annotations

import pytest
from payouts.adapters.iso20022.free_text import without_accounts


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("the creditor account DE76500105179060443198 is closed", "the creditor account ***3198 is closed"),
        ("DE76 5001 0517 9060 4431 98 IS CLOSED", "***1 98 IS CLOSED"),
        ("it holds NL41MOCK0000000001, NL57MOCK0000000002", "it holds ***0001, ***0002"),
        ("account 0123456789 unknown", "account ***6789 unknown"),
        ("sort code 12-34-56, account 12345678", "sort code 12-34-56, account ***5678"),
        ("AC04: closed on 2026-11-22, 3 days ago", "AC04: closed on 2026-11-22, 3 days ago"),
        ("amount 1234.56 over the limit", "amount 1234.56 over the limit"),
        ("", ""),
    ],
)
def test_only_the_last_characters_of_an_account_stay(said: str, kept: str) -> None:
    """IBANs and long numbers, together or in groups, are told by their last four characters; other words stay."""
    assert without_accounts(said) == kept
