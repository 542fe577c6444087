"""Hands a payment file to the bank, and says what is known when that goes wrong."""

import hashlib
from typing import Any, Final

import httpx

from payouts.adapters.bank_http.http import Answer, AnswerTooLarge, BankHttp
from payouts.domain.bank_connection import (
    DuplicateSubmission,
    SubmissionNotSent,
    SubmissionReceipt,
    SubmissionRejected,
    SubmissionUncertain,
)
from payouts.domain.failure_codes import is_repeat

# No connection, so not a byte of the file has left. Every other transport fault may have come too late.
_BEFORE_SENDING: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
# Turned away before the bank looks at the file: credentials, path, method, size, media type, rate.
_TURNED_AWAY: Final = frozenset({401, 403, 404, 405, 411, 413, 415, 429})
_READ_AND_REFUSED: Final = frozenset({400, 422})


async def submit(http: BankHttp, path: str, message_id: str, content: bytes, sha256: str, timeout_s: float) -> SubmissionReceipt:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SubmissionNotSent(message_id, "the bytes are not those that were recorded for this file")
    try:
        answer = await http.call("POST", path, timeout_s=timeout_s, content=content)
    except _BEFORE_SENDING as error:
        raise SubmissionNotSent(message_id, f"no connection ({type(error).__name__})") from error
    except (httpx.HTTPError, TimeoutError, AnswerTooLarge) as error:
        raise SubmissionUncertain(message_id, f"cut off after sending may have begun ({type(error).__name__})") from error
    return _receipt(message_id, answer)


def _receipt(message_id: str, answer: Answer) -> SubmissionReceipt:
    said = answer.json_object()
    status = said.get("status")
    if answer.status in _TURNED_AWAY:
        raise SubmissionNotSent(message_id, f"turned away with HTTP {answer.status}")
    if said.get("msg_id") != message_id or not isinstance(status, str):
        raise SubmissionUncertain(message_id, f"HTTP {answer.status} with an answer that names no such file")
    if answer.status in _READ_AND_REFUSED and status == "RJCT":
        raise _refusal(message_id, said)
    if answer.status not in (200, 201, 202):
        raise SubmissionUncertain(message_id, f"HTTP {answer.status} for a file that is {status[:10]!r}")
    return SubmissionReceipt(message_id, status)


def _refusal(message_id: str, said: dict[str, Any]) -> SubmissionRejected | DuplicateSubmission:
    reason = said.get("reason")
    code = reason if isinstance(reason, str) else None
    text = said.get("reason_text")
    problem = text[:500] if isinstance(text, str) else "refused without a reason"
    if is_repeat(code):
        return DuplicateSubmission(message_id, problem)
    return SubmissionRejected(message_id, problem, code)
