"""Files, banks' words and people's evidence are unreadable in the database, and open at their own place only."""

from __future__ import annotations

import hashlib

import pytest
from chassis.db.database import PLATFORM
from chassis.ids import encode
from chassis.vault import CannotOpen, Place
from integration.payouts.bank_words import camt054, entry, tell
from integration.payouts.crowd import answer_all, owe_many
from integration.payouts.stage import DEBTOR, Stage, code_of
from integration.payouts.test_unknown import AHEAD, _resolve
from kamai.payouts.v1 import bank_pb2

HOLDER = b"Ana Example"
SAID = "Ana Example has moved away"


async def _content(stage: Stage, message_id: object) -> bytes:
    request = bank_pb2.GetBankMessageRequest(id=encode("bankmsg", message_id))  # type: ignore[arg-type]
    return bytes((await stage.banks.GetBankMessage(request, metadata=stage.staff())).content)


async def test_files_to_and_from_the_bank(stage: Stage) -> None:
    """The file of a run is sealed for its organisation, a bank's message for the service; both are given back as they were."""
    await stage.owe(await stage.payee(), 40_00)
    await stage.sent()
    message = camt054(entry("1.00", "NOBODYS", "DBIT", "B1"))
    await tell(stage, message)
    out, came = await stage.sql("SELECT id, content, sha256, organisation_id FROM bank_message ORDER BY direction DESC LIMIT 2")
    assert HOLDER not in out["content"]
    assert DEBTOR.encode() not in came["content"]
    assert HOLDER in (plain := await _content(stage, out["id"]))
    assert hashlib.sha256(plain).hexdigest() == out["sha256"]
    assert await _content(stage, came["id"]) == message
    owners = await stage.sql(
        "SELECT subject_kind FROM bank_message m JOIN data_key k ON k.id = encode(substr(m.content, 2, 16), 'hex')::uuid "
        "ORDER BY m.direction DESC"
    )  # fmt: skip
    assert [row["subject_kind"] for row in owners] == ["ORGANISATION", "SERVICE"]
    platform = stage.served.assembly.platform
    elsewhere = Place("", "bank_message", "content", str(out["id"]))  # of no organisation
    with pytest.raises(CannotOpen):
        await platform.database.run(
            lambda connection: platform.vault.open(connection, elsewhere, out["content"]), tenant=PLATFORM
        )


async def test_bytes_that_were_exchanged_are_not_given(stage: Stage) -> None:
    """A message with another one's bytes, put there past the trigger: refused."""
    first, second = camt054(entry("1.00", "N1", "DBIT", "B1")), camt054(entry("2.00", "N2", "DBIT", "B2"), message="C2")
    await tell(stage, first)
    await tell(stage, second)
    await stage.sql("ALTER TABLE bank_message DISABLE TRIGGER bank_message_bytes")
    await stage.sql("UPDATE bank_message SET content = (SELECT content FROM bank_message WHERE message_id = 'C2')")
    [kept] = await stage.sql("SELECT id FROM bank_message WHERE message_id = 'C1'")
    assert (await code_of(_content(stage, kept["id"])))[0].name == "INTERNAL"


async def test_what_the_bank_says_of_a_payment(stage: Stage) -> None:
    """Its words about a return, told early or in time, are kept sealed and given to people in clear."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.executed(value_date=AHEAD)
    await stage.tick("runs", "files", "mailbox")
    name = (await stage.latest(invoice)).end_to_end_id
    told = entry("40.00", name, "CRDT", "BACK", returned_for="AC04").replace("</Rsn>", f"</Rsn><AddtlInf>{SAID}</AddtlInf>")
    await tell(stage, camt054(told))
    [early] = await stage.sql("SELECT text FROM early_return")
    assert early["text"] is not None
    assert SAID.encode() not in early["text"]
    await tell(stage, camt054(entry("40.00", name, "DBIT", "OUT"), message="C2"))
    assert (await stage.latest(invoice)).failure.text == SAID
    [attempt] = await stage.sql("SELECT failure_text FROM attempt")
    assert SAID.encode() not in attempt["failure_text"]


async def test_evidence_of_two_people(stage: Stage) -> None:
    """What they say about an unknown payment is sealed."""
    invoice = await stage.owe(await stage.payee(), 40_00)
    await stage.sent()
    await stage.sql("UPDATE attempt SET state = 'UNKNOWN'")
    attempt = await stage.latest(invoice)
    for who in ("first", "second"):
        await _resolve(stage, attempt, who, bank_pb2.UNKNOWN_RESOLUTION_NOT_EXECUTED)
    [kept] = await stage.sql("SELECT evidence, confirmation FROM unknown_resolution")
    assert all(b"letter" not in kept[column] for column in ("evidence", "confirmation"))


@pytest.mark.parametrize("lines", [2_000, pytest.param(20_000, marks=pytest.mark.slow)])
async def test_a_large_file(stage: Stage, lines: int) -> None:
    """Sealed, opened and handed over whole."""
    await owe_many(stage, lines)
    await stage.deposit(lines * 1_00)
    run = await stage.plan()
    await stage.submit(run)
    await stage.approve(run)
    await stage.execute(run)
    await answer_all(stage)
    await stage.tick("runs", "files")
    files = await stage.sql("SELECT id, sha256, items FROM bank_message WHERE direction = 'OUT' AND state = 'SENT' ORDER BY id")
    assert sum(file["items"] for file in files) == lines
    for file in files:
        assert hashlib.sha256(await _content(stage, file["id"])).hexdigest() == file["sha256"]
