"""A counterparty bank in its own process, and doors that fail in chosen ways."""

import asyncio
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
from payouts.adapters.bank_http import BankHttpClient, BankHttpSettings
from payouts.adapters.iso20022 import decode, render_payment_file
from payouts.domain.bank_connection import SubmissionReceipt
from payouts.domain.bank_messages import (
    AccountId,
    AccountReport,
    AgentId,
    BankMessage,
    CreditTransfer,
    CreditTransferBatch,
)
from unit.payouts_iso20022.samples import TRANSFER, batch_of

MONDAY = date(2026, 11, 16)
START = f"{MONDAY}T09:00"


@contextmanager
def running_bank() -> Iterator[str]:
    """A mock-bank on a port of the system's choice, its clock on a Monday morning; gives its url."""
    command = [sys.executable, "-m", "mockbank", "--port", "0", "--clock", START]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    banner = process.stderr.readline()
    # Its access log goes to the same pipe, which would fill up and stop it.
    reader = threading.Thread(target=deque, args=(process.stderr, 0))
    reader.start()
    try:
        found = re.search(r"http://[\d.]+:\d+", banner)
        assert found, banner
        yield found[0]
    finally:
        process.terminate()
        process.wait(10)
        reader.join()
        process.stderr.close()


class Bank:
    """The bank's control side: what only the bank itself can do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def reset(self) -> None:
        self.call("POST", "/_mock/reset")

    def open_account(self, name: str, iban: str, currency: str, balance_minor: int = 10_000_000) -> None:
        account = {"id": name, "name": name, "iban": iban, "currency": currency, "balance": balance_minor}
        self.call("POST", "/_mock/accounts", account)

    def behave(self, account: str, behaviour: str, **parameters: Any) -> None:
        self.call("PATCH", f"/_mock/accounts/{account}", {"behaviour": behaviour, "parameters": parameters})

    def findings(self, content: bytes) -> str:
        """What the bank's own validation has to say about a file."""
        return self._http.post("/_mock/validate", content=content).text

    def advance(self, days: int) -> None:
        self.call("POST", f"/_mock/advance?days={days}")


def transfers_of(*end_to_end_ids: str, **change: Any) -> list[CreditTransfer]:
    return [replace(TRANSFER, end_to_end_id=each, instruction_id=None, **change) for each in end_to_end_ids]


def file_of(
    message_id: str,
    transfers: list[CreditTransfer],
    debtor_iban: str = "NL41MOCK0000000001",
    on: date = MONDAY,
) -> CreditTransferBatch:
    return replace(
        batch_of(transfers, transfers[0].currency),
        message_id=message_id,
        debtor_account=AccountId(debtor_iban),
        debtor_agent=AgentId(bic="MOCKNL2A"),
        requested_execution_date=on,
    )


async def hand_in(client: BankHttpClient, batch: CreditTransferBatch) -> SubmissionReceipt:
    written, content = render_payment_file(batch)
    return await client.submit(written.message_id, content, written.sha256)


async def collected(client: BankHttpClient, kind: str = "") -> list[BankMessage]:
    """What waits, read and acknowledged."""
    waiting = await client.collect(kind)
    await client.acknowledge(waiting)
    return [decode(message.content) for message in waiting]


def entries_of(messages: list[BankMessage], account: str) -> list[Any]:
    reports = [each for each in messages if isinstance(each, AccountReport)]
    return [e for report in reports for s in report.statements if s.account == account for e in s.entries]


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def door(handler: Handler) -> AsyncIterator[str]:
    """A server whose every connection is answered by `handler`; gives its url."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        await server.wait_closed()


def answering(status: str, body: bytes, kind: str = "application/json") -> Handler:
    """A door that reads a whole request and answers it so."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    return answer


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return head + (await reader.readexactly(int(length[1])) if length else b"")


def client_for(url: str, **change: Any) -> BankHttpClient:
    return BankHttpClient(replace(BankHttpSettings(url), **change))
