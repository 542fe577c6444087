"""The mailbox is emptied without losing a message."""

import asyncio

import pytest
from integration.payouts_bank.bank import Bank, answering, client_for, door, file_of, hand_in, transfers_of
from payouts.adapters.bank_http import BankHttpClient
from payouts.domain.bank_connection import MailboxError


async def test_collecting_takes_nothing(bank: Bank, client: BankHttpClient) -> None:
    """Until it is acknowledged a message is given again, the same to the byte."""
    await hand_in(client, file_of("F-1", transfers_of("A")))
    first = await client.collect()
    assert [m.kind for m in first] == ["pain.002.001.10", "camt.054.001.08"]
    assert await client.collect() == first
    await client.acknowledge(first)
    assert await client.collect() == ()
    assert await client.sent() == first


async def test_a_message_that_arrives_meanwhile_stays(bank: Bank, client: BankHttpClient) -> None:
    """What came between collecting and acknowledging is still there afterwards."""
    await hand_in(client, file_of("F-1", transfers_of("A")))
    first = await client.collect()
    await hand_in(client, file_of("F-2", transfers_of("B")))
    both = await client.collect()
    await client.acknowledge(first)
    assert await client.collect() == tuple(m for m in both if m not in first)


async def test_acknowledging_twice_or_nothing_is_harmless(bank: Bank, client: BankHttpClient) -> None:
    """A second acknowledgement takes nothing else, an empty one nothing at all."""
    await hand_in(client, file_of("F-1", transfers_of("A")))
    first = await client.collect()
    await client.acknowledge(())
    assert await client.collect() == first
    await client.acknowledge(first[:1])
    await client.acknowledge(first[:1])
    assert await client.collect() == first[1:]


async def test_a_kind_filters(bank: Bank, client: BankHttpClient) -> None:
    """Only the asked kind is given; acknowledging it leaves the others."""
    await hand_in(client, file_of("F-1", transfers_of("A")))
    (status,) = await client.collect("pain.002")
    await client.acknowledge([status])
    assert [m.kind for m in await client.collect()] == ["camt.054.001.08"]


async def test_concurrent_acknowledgements_lose_nothing(bank: Bank, client: BankHttpClient) -> None:
    """Two workers that acknowledge their own messages at once leave each other's alone."""
    for number in range(4):
        await hand_in(client, file_of(f"F-{number}", transfers_of(f"A{number}")))
    everything = await client.collect()
    await asyncio.gather(*(client.acknowledge([m]) for m in everything[:4]))
    left = {m.mailbox_id for m in await client.collect()}
    assert left >= {m.mailbox_id for m in everything[4:]}
    assert {m.mailbox_id for m in await client.sent()} == {m.mailbox_id for m in everything}


@pytest.mark.parametrize(
    ("status", "body"),
    [("500 Oops", b"[]"), ("200 OK", b"<html>"), ("200 OK", b'{"a":1}'), ("200 OK", b'[{"id":1}]'), ("404 No", b"[]")],
)
async def test_a_broken_mailbox_is_an_error(status: str, body: bytes) -> None:
    """An answer that is no mailbox is an error, never an empty mailbox."""
    async with door(answering(status, body)) as url, client_for(url) as client:
        with pytest.raises(MailboxError):
            await client.collect()


async def test_a_huge_mailbox_is_bounded() -> None:
    """An answer beyond the limit is not read into memory."""
    async with door(answering("200 OK", b" " * 300_000)) as url, client_for(url, max_answer_bytes=100_000) as client:
        with pytest.raises(MailboxError, match="TooLarge"):
            await client.collect()
