"""What a sealed instruction holds goes into the payment as what it is; keys are exchanged without a break."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import uuid4

import pytest
from chassis.identity.files import Unusable
from chassis.ids import encode
from chassis.sealed import CannotOpen, Opener, Sealer
from chassis.vault import private_files
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from kamai.onboarding.v1.events_pb2 import PaymentInstruction
from payouts.adapters.instructions import SealedInstructions
from payouts.app.ports import SealedLine
from payouts.app.runs.payment_batch import transfer


def new_key() -> tuple[str, str]:
    """A private key and its public half, as lines of files."""
    key = X25519PrivateKey.generate()
    return base64.b64encode(key.private_bytes_raw()).decode(), base64.b64encode(key.public_key().public_bytes_raw()).decode()


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Files of the reader's private and the writer's public key."""
    private, public = new_key()
    private_files.write(tmp_path / "key", private)
    (tmp_path / "pub").write_text(public)
    return tmp_path / "key", tmp_path / "pub"


def test_address_lines_are_no_town(pair: tuple[Path, Path]) -> None:
    """The first line of an address is a street as likely as not: all lines go out as lines."""
    contractor, method = uuid4(), uuid4()
    lines = ("Hoofdstraat 1", "1011 AB Amsterdam")
    given = PaymentInstruction(holder_name="Ana Example", country="NL", iban="NL30MOCK0000000005", address_lines=lines)
    info = f"kamai.payment-instruction.v1|{encode('contractor', contractor)}|{encode('method', method)}"
    sealed = Sealer(pair[1]).seal(given.SerializeToString(), info)
    line = SealedLine(uuid4(), "K1", contractor, method, sealed, 10_00, "INV-1")
    made = transfer(line, SealedInstructions(Opener(pair[0])).open(line), "EUR")
    assert (made.creditor_address_lines, made.creditor_town) == (lines, None)


def test_a_new_key_and_the_one_before(pair: tuple[Path, Path]) -> None:
    """The reader has the new key first, then the writer; both files are read again, and what was sealed before still opens."""
    private, public = pair
    opener, sealer = Opener(private), Sealer(public)
    before = sealer.seal(b"before", "i")
    newer, newer_public = new_key()
    private_files.write(private, f"{newer}\n{private.read_text()}\n")
    opener._keys.refreshed()
    assert opener.open(sealer.seal(b"meanwhile", "i"), "i") == b"meanwhile"
    public.write_text(newer_public)
    sealer._key.refreshed()
    after = sealer.seal(b"after", "i")
    assert [opener.open(each, "i") for each in (before, after)] == [b"before", b"after"]
    private_files.write(private, newer)
    opener._keys.refreshed()
    assert opener.open(after, "i") == b"after"
    for sealed, info in ((before, "i"), (after, "another purpose"), (b"", "i"), (b"x" * 40, "i")):
        with pytest.raises(CannotOpen):
            opener.open(sealed, info)


def test_bad_files(pair: tuple[Path, Path]) -> None:
    """What is no key, or open to others, stops the start with the file's name; a later change to it leaves the keys of before."""
    private, public = pair
    sealed, opener = Sealer(public).seal(b"text", "i"), Opener(private)
    private_files.write(private, "no key\n")
    with pytest.raises(Unusable, match=str(private)):
        Opener(private)
    opener._keys.refreshed()
    assert opener.open(sealed, "i") == b"text"
    private_files.write(private, "")
    with pytest.raises(Unusable, match="holds no key"):
        Opener(private)
    private_files.write(private, new_key()[0])
    private.chmod(0o644)
    with pytest.raises(Unusable, match="0600"):
        Opener(private)
    public.write_text("AAAA")
    with pytest.raises(Unusable, match="public key"):
        Sealer(public)
