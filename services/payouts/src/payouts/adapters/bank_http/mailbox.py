"""Collects a bank's messages without losing one: peek, let the caller commit, only then take.

The bank takes per kind, never per message, so a take may catch one that arrived since the peek. Each of
those is put back at once; should that fail too, `sent` still lists it.
"""

import hashlib
from collections.abc import Collection
from typing import Any
from urllib.parse import quote

import httpx

from payouts.adapters.bank_http.http import Answer, AnswerTooLarge, BankHttp
from payouts.adapters.bank_http.settings import BankPaths
from payouts.domain.bank_connection import MailboxError, MailboxMessage


class Mailbox:
    def __init__(self, http: BankHttp, paths: BankPaths, timeout_s: float) -> None:
        self._http = http
        self._paths = paths
        self._timeout_s = timeout_s

    async def peek(self, kind: str) -> tuple[MailboxMessage, ...]:
        return _messages(await self._ask("GET", self._paths.mailbox, {"leave": "1", **_of_kind(kind)}))

    async def sent(self, kind: str) -> tuple[MailboxMessage, ...]:
        return _messages(await self._ask("GET", self._paths.sent, _of_kind(kind)))

    async def acknowledge(self, messages: Collection[MailboxMessage]) -> None:
        ours = {message.mailbox_id for message in messages}
        put_back_failed: list[str] = []
        for kind in sorted({message.kind for message in messages}):
            taken = _messages(await self._ask("GET", self._paths.mailbox, _of_kind(kind)))
            for message in taken:
                if message.mailbox_id not in ours and not await self._put_back(message.mailbox_id):
                    put_back_failed.append(message.mailbox_id)
        if put_back_failed:
            raise MailboxError(f"taken but not put back, to be read from what was sent: {put_back_failed}")

    async def _put_back(self, mailbox_id: str) -> bool:
        path = f"{self._paths.mailbox}/{quote(mailbox_id, safe='')}/unread"
        for _ in range(2):
            try:
                await self._ask("POST", path, {})
            except MailboxError:
                continue
            return True
        return False

    async def _ask(self, method: str, path: str, params: dict[str, str]) -> Any:
        try:
            answer: Answer = await self._http.call(method, path, timeout_s=self._timeout_s, params=params)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, AnswerTooLarge) as error:
            raise MailboxError(f"{method} {path}: {type(error).__name__}") from error
        if answer.status != 200:
            raise MailboxError(f"{method} {path}: HTTP {answer.status}")
        return answer.json()


def _of_kind(kind: str) -> dict[str, str]:
    return {"type": kind} if kind else {}


def _messages(listing: Any) -> tuple[MailboxMessage, ...]:
    if not isinstance(listing, list):
        raise MailboxError("the mailbox's listing is no JSON list")
    return tuple(_message(row) for row in listing)


def _message(row: Any) -> MailboxMessage:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("type", "body")):
        raise MailboxError("a message in the mailbox has no type or no body")
    content = row["body"].encode()
    return MailboxMessage(str(row.get("id")), row["type"], content, hashlib.sha256(content).hexdigest())
