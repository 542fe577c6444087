"""What a sealed instruction holds goes into the payment as what it is."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import uuid4

from chassis.ids import encode
from chassis.sealed import Opener, Sealer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from kamai.onboarding.v1.events_pb2 import PaymentInstruction
from payouts.adapters.instructions import SealedInstructions
from payouts.app.ports import SealedLine
from payouts.app.runs.payment_batch import transfer


def test_address_lines_are_no_town(tmp_path: Path) -> None:
    """The first line of an address is a street as likely as not: all lines go out as lines."""
    key = X25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    (tmp_path / "key").write_text(base64.b64encode(key.private_bytes_raw()).decode())
    (tmp_path / "pub").write_text(base64.b64encode(public).decode())
    contractor, method = uuid4(), uuid4()
    lines = ("Hoofdstraat 1", "1011 AB Amsterdam")
    given = PaymentInstruction(holder_name="Ana Example", country="NL", iban="NL30MOCK0000000005", address_lines=lines)
    info = f"kamai.payment-instruction.v1|{encode('contractor', contractor)}|{encode('method', method)}"
    sealed = Sealer.from_file(tmp_path / "pub").seal(given.SerializeToString(), info)
    line = SealedLine(uuid4(), "K1", contractor, method, sealed, 10_00, "INV-1")
    made = transfer(line, SealedInstructions(Opener.from_file(tmp_path / "key")).open(line), "EUR")
    assert (made.creditor_address_lines, made.creditor_town) == (lines, None)
