"""What the bank's own books say about payments."""

from datetime import date
from typing import Any, Final
from urllib.parse import quote

import httpx

from payouts.adapters.bank_http.http import Answer, AnswerTooLarge, BankHttp
from payouts.domain.bank_connection import HeldPayment, HeldState, Inquiry, InquiryError

_STATE: Final = {
    "accepted": HeldState.ACCEPTED,
    "rejected": HeldState.REJECTED,
    "returned": HeldState.RETURNED,
}


async def inquire(http: BankHttp, path: str, end_to_end_id: str, timeout_s: float) -> Inquiry:
    answer = await _ask(http, f"{path}/{quote(end_to_end_id, safe='')}", {"all": "1"}, timeout_s)
    if answer.status == 404:
        # A wrong address or a proxy answers 404 as well, and must not pass for proof of non-execution.
        if not _denies(answer, end_to_end_id):
            raise InquiryError(f"{end_to_end_id}: HTTP 404, but not for this payment")
        return Inquiry(end_to_end_id, ())
    held = _held(answer)
    if not held or any(payment.end_to_end_id != end_to_end_id for payment in held):
        raise InquiryError(f"{end_to_end_id}: the answer is about something else")
    return Inquiry(end_to_end_id, held)


async def held_payments(http: BankHttp, path: str, timeout_s: float) -> tuple[HeldPayment, ...]:
    return _held(await _ask(http, path, {}, timeout_s))


async def _ask(http: BankHttp, path: str, params: dict[str, str], timeout_s: float) -> Answer:
    try:
        return await http.call("GET", path, timeout_s=timeout_s, params=params)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, AnswerTooLarge) as error:
        raise InquiryError(f"GET {path}: {type(error).__name__}") from error


def _denies(answer: Answer, end_to_end_id: str) -> bool:
    said = answer.json_object()
    known = said.get("known")
    return (
        said.get("error") == f"no payment with EndToEndId {end_to_end_id!r}"
        and isinstance(known, list)
        and end_to_end_id not in known
    )


def _held(answer: Answer) -> tuple[HeldPayment, ...]:
    rows = answer.json()
    if answer.status != 200 or not isinstance(rows, list):
        raise InquiryError(f"HTTP {answer.status} without a list of payments")
    try:
        return tuple(_payment(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise InquiryError(f"a payment in the answer cannot be read ({error!r})") from error


def _payment(row: Any) -> HeldPayment:
    state = _STATE[row["status"]]
    if state is HeldState.ACCEPTED and row["booked_at"]:
        state = HeldState.SETTLED
    amount_minor = row["amount"]
    if type(amount_minor) is not int:
        raise TypeError("amount")
    settles_on = row["settlement_date"]
    return HeldPayment(
        end_to_end_id=str(row["end_to_end_id"]),
        message_id=str(row["msg_id"]),
        state=state,
        amount_minor=amount_minor,
        currency=str(row["currency"]),
        creditor_account=row["creditor_iban"],
        debtor_account=row["debtor_iban"],
        reason_code=row["return_reason"] or row["reason"],
        text=row["reason_text"] or "",
        settlement_date=date.fromisoformat(settles_on) if settles_on else None,
    )
