"""A failed submission says what is known: certainly not sent, refused, or uncertain."""

import asyncio
import socket

import pytest
from integration.payouts_bank.bank import (
    Bank,
    Handler,
    answering,
    client_for,
    collected,
    door,
    file_of,
    hand_in,
    read_request,
    transfers_of,
)
from payouts.adapters.bank_http import BankPaths
from payouts.domain.bank_connection import (
    DuplicateSubmission,
    HeldState,
    InquiryError,
    SubmissionNotSent,
    SubmissionRejected,
    SubmissionUncertain,
)

FILE = file_of("F-1", transfers_of("A"))


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_refused_connection_is_not_sent() -> None:
    """Nobody listens: the file has certainly not left."""
    async with client_for(f"http://127.0.0.1:{closed_port()}") as client:
        with pytest.raises(SubmissionNotSent):
            await hand_in(client, FILE)


async def test_an_unknown_host_is_not_sent() -> None:
    """A name that does not resolve is no connection either."""
    async with client_for("http://bank.invalid") as client:
        with pytest.raises(SubmissionNotSent):
            await hand_in(client, FILE)


async def test_other_bytes_than_recorded_are_not_sent(bank: Bank) -> None:
    """A file that differs from its recorded hash never leaves."""
    async with client_for(bank.url) as client:
        with pytest.raises(SubmissionNotSent, match="recorded"):
            await client.submit("F-1", b"<other/>", "0" * 64)
        assert await client.held_payments() == ()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.close()


async def hang_up_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    writer.transport.abort()


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    await reader.read()
    writer.close()


async def stop_midway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b'HTTP/1.1 202 Accepted\r\nContent-Length: 500\r\n\r\n{"msg_id":')
    await writer.drain()
    writer.close()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        try:
            await asyncio.wait_for(reader.read(1), 0.05)
            break
        except TimeoutError:
            continue
    writer.close()


@pytest.mark.parametrize("handler", [hang_up, hang_up_early, stay_silent, stop_midway, drip])
async def test_a_fault_after_sending_began_is_uncertain(handler: Handler) -> None:
    """The bank may have the file: cut connections, silence and endless answers are uncertain."""
    async with door(handler) as url, client_for(url, io_timeout_s=0.3, submit_timeout_s=0.6) as client:
        with pytest.raises(SubmissionUncertain):
            await hand_in(client, FILE)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("202 Accepted", b""),
        ("202 Accepted", b"<html/>"),
        ("202 Accepted", b"[]"),
        ("202 Accepted", b'{"msg_id": "OTHER", "status": "ACCP"}'),
        ("202 Accepted", b'{"msg_id": "F-1"}'),
        ("422 No", b"<html>proxy</html>"),
        ("422 No", b'{"msg_id": "OTHER", "status": "RJCT"}'),
        ("500 Oops", b'{"msg_id": "F-1", "status": "RJCT"}'),
        ("502 Bad Gateway", b""),
        ("503 Busy", b""),
        ("408 Timeout", b""),
        ("409 Conflict", b""),
        ("302 Found", b""),
    ],
)
async def test_an_unclear_answer_is_uncertain(status: str, body: bytes) -> None:
    """An answer that does not plainly speak of this file decides nothing."""
    async with door(answering(status, body)) as url, client_for(url) as client:
        with pytest.raises(SubmissionUncertain):
            await hand_in(client, FILE)


@pytest.mark.parametrize("status", ["401 No", "403 No", "404 No", "405 No", "413 No", "415 No", "429 Slow"])
async def test_turned_away_at_the_door_is_not_sent(status: str) -> None:
    """The bank did not look at the file: the same bytes may be sent later."""
    async with door(answering(status, b"{}")) as url, client_for(url) as client:
        with pytest.raises(SubmissionNotSent):
            await hand_in(client, FILE)


async def test_a_reasoned_refusal_is_rejected() -> None:
    """A refusal that names this file carries the bank's reason."""
    body = b'{"msg_id": "F-1", "status": "RJCT", "reason": "AM10", "reason_text": "control sum"}'
    async with door(answering("422 No", body)) as url, client_for(url) as client:
        with pytest.raises(SubmissionRejected, match="control sum") as refused:
            await hand_in(client, FILE)
        assert refused.value.reason_code == "AM10"


@pytest.mark.parametrize("reason", ["DUPL", "AM05", "DU01", "DU02", "DU03", "DU04", "DU05"])
async def test_a_refused_repeat_is_no_rejection(reason: str) -> None:
    """Whichever code a bank has for what it holds already: the first copy decides."""
    body = f'{{"msg_id": "F-1", "status": "RJCT", "reason": "{reason}"}}'.encode()
    async with door(answering("422 No", body)) as url, client_for(url) as client:
        with pytest.raises(DuplicateSubmission):
            await hand_in(client, FILE)


async def test_a_submission_is_made_once() -> None:
    """However it fails, the client itself sends a file only once."""
    requests: list[bytes] = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await read_request(reader))
        writer.close()

    async with door(count) as url, client_for(url) as client:
        with pytest.raises(SubmissionUncertain):
            await hand_in(client, FILE)
    assert len(requests) == 1


async def test_an_uncertain_file_is_cleared_up_by_inquiry(bank: Bank) -> None:
    """The answer is lost on the way, but the bank has the file: asking finds it, sending again is harmless."""

    async def lose_the_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        host, port = bank.url.removeprefix("http://").split(":")
        from_bank, to_bank = await asyncio.open_connection(host, int(port))
        to_bank.write(request)
        await from_bank.read()
        to_bank.close()
        writer.close()

    async with door(lose_the_answer) as url, client_for(url) as client:
        with pytest.raises(SubmissionUncertain):
            await hand_in(client, FILE)
    async with client_for(bank.url) as client:
        assert (await client.inquire("A")).state is HeldState.SETTLED
        with pytest.raises(SubmissionUncertain):
            await hand_in(client, FILE)
        assert len((await client.inquire("A")).held) == 1
        assert len(await collected(client)) == 3


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("404 No", b"{}"),
        ("404 No", b'{"error": "not found", "known": []}'),
        ("404 No", b"<html/>"),
        ("200 OK", b"[]"),
        ("200 OK", b'[{"end_to_end_id": "B"}]'),
        ("200 OK", b"{}"),
        ("500 Oops", b"[]"),
    ],
)
async def test_an_unclear_inquiry_proves_nothing(status: str, body: bytes) -> None:
    """Only the bank's plain denial of this id counts as unknown to the bank."""
    async with door(answering(status, body)) as url, client_for(url) as client:
        with pytest.raises(InquiryError):
            await client.inquire("A")


async def test_a_wrong_path_is_no_denial(bank: Bank) -> None:
    """A misconfigured path answers 404 as well; that must not look like non-execution."""
    async with client_for(bank.url, paths=BankPaths(payments="/_mock/elsewhere")) as client:
        with pytest.raises(InquiryError):
            await client.inquire("A")
