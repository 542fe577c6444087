"""Payment files do not leave the machine in the clear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from payouts.config import PayoutsSettings
from pydantic import ValidationError

GIVEN = {
    "token_issuer": "https://login.example", "database_url": "-", "vault_directory": Path("/"), "instruction_key_file": Path("/"),
    "bank_event_key_file": Path("/"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "holds"),
    [
        ({"bank_url": "https://bank.example"}, True),
        ({"bank_url": "http://127.0.0.1:8080"}, True),
        ({"bank_url": "http://bank.example", "tls_outbound_elsewhere": True}, True),
        ({"bank_url": "http://bank.example", "env": "development", "token_keys": Path("/")}, True),
        ({"bank_url": "http://bank.example"}, False),
        ({"bank_url": "bank.example:443"}, False),
        ({"bank_url": "http://[bank"}, False),
        ({"bank_url": ""}, False),
    ],
)
def test_address_of_the_bank(more: dict[str, Any], holds: bool) -> None:
    """https in production, unless it is this machine or a mesh speaks TLS; a misshapen address is said at the start."""
    if holds:
        assert PayoutsSettings(**GIVEN | more).bank_url == more["bank_url"]
        return
    with pytest.raises(ValidationError) as caught:
        PayoutsSettings(**GIVEN | more)
    assert [fault["loc"] for fault in caught.value.errors()] == [("bank_url",)]
