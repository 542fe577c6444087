"""The counterparty bank's own desk: opening accounts there, its clock, its records. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Self

import httpx

TIMEOUT_S = 20.0
_SECTION_LIMIT = 18  # mock-bank builds message ids from so much of an account's id


class BankControlError(Exception):
    """The bank refused something the demo asked for."""


class BankOutOfReach(BankControlError):
    """The bank does not answer."""


@dataclass(frozen=True)
class BankRecord:
    """What the bank's books say about one payment.

    Attributes:
        status: ``none``, ``accepted``, ``booked``, ``rejected`` or ``returned``.
        on: settlement date, or "".
        returned_on: day it came back, or "".
        reason: ISO 20022 code, or "".
        arrived_minor: what the beneficiary's account was credited with; None where the bank does not keep that account.
    """

    status: str
    amount_minor: int = 0
    currency: str = ""
    on: str = ""
    reason: str = ""
    arrived_minor: int | None = None
    returned_on: str = ""


class BankControl:
    """mock-bank's control API; use it as a context manager."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: str) -> Any:
        try:
            answer = await self._http.request(method, path, json=body, params=query)
        except httpx.HTTPError as error:
            raise BankOutOfReach(f"the bank does not answer {method} {path}: {type(error).__name__}") from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_error:
            raise BankControlError(f"the bank refused {method} {path}: {answer.json().get('error', answer.status_code)}")
        return answer.json()

    async def open_account(self, name: str, iban: str, currency: str, balance_minor: int) -> str:
        """Opens an account, or resets the one with this IBAN and currency; returns its id at the bank."""
        accounts = await self._ask("GET", "/_mock/accounts")
        known = next((each for each in accounts if each["iban"] == iban), None)
        reset = {"name": name, "balance": balance_minor, "behaviour": "accept"}
        if known:
            if known["currency"] != currency:
                raise BankControlError(f"the bank's account {iban} is in {known['currency']}, not in {currency}")
            await self.change(known["id"], reset)
            return str(known["id"])
        identifier = iban[-_SECTION_LIMIT:]
        await self._ask("POST", "/_mock/accounts", reset | {"id": identifier, "iban": iban, "currency": currency})
        return identifier

    async def change(self, account: str, fields: Mapping[str, Any]) -> None:
        if await self._ask("PATCH", f"/_mock/accounts/{account}", fields) is None:
            raise BankControlError(f"the bank has no account {account}")

    async def balance_minor(self, account: str) -> int:
        return int((await self._ask("GET", f"/_mock/accounts/{account}"))["balance"])

    async def today(self) -> date:
        return date.fromisoformat((await self._ask("GET", "/_mock/state"))["clock"]["date"])

    async def next_business_day(self) -> date:
        """After today."""
        return date.fromisoformat((await self._ask("GET", "/_mock/state"))["clock"]["nextBusinessDay"])

    async def open_doors(self) -> None:
        """Moves the clock to a business day, so that payments can settle today."""
        if not (await self._ask("GET", "/_mock/state"))["clock"]["isBusinessDay"]:
            await self.advance_to(await self.next_business_day())

    async def advance_to(self, day: date) -> None:
        """Moves the clock to midnight of a later day; whatever comes due on the way happens."""
        if day > await self.today():
            await self._ask("POST", "/_mock/advance", to=day.isoformat())

    async def advance_days(self, days: int) -> None:
        await self._ask("POST", "/_mock/advance", days=str(days))

    async def credit(self, account: str, amount_minor: int, end_to_end_id: str, note: str, payer: str) -> None:
        """Money arrives on an account the bank keeps."""
        body = {"account": account, "amount": amount_minor, "end_to_end_id": end_to_end_id, "debtor": {"name": payer}}
        await self._ask("POST", "/_mock/credits", body | ({"note": note} if note else {}))

    async def records(self) -> dict[str, BankRecord]:
        """Every payment the bank knows, by end-to-end id."""
        arrived: dict[str, int] = {}
        for credit in await self._ask("GET", "/_mock/credits"):
            if credit.get("booked_at") and credit.get("end_to_end_id"):
                reference = credit["end_to_end_id"]
                arrived[reference] = arrived.get(reference, 0) + int(credit["amount"])
        payments = await self._ask("GET", "/_mock/payments")
        return {each["end_to_end_id"]: _record(each, arrived.get(each["end_to_end_id"])) for each in payments}


def _record(payment: Mapping[str, Any], arrived_minor: int | None) -> BankRecord:
    status = str(payment["status"])
    if status == "accepted" and payment["booked_at"]:
        status = "booked"
    reason = payment["return_reason"] or payment["reason"] or ""
    return BankRecord(
        status,
        int(payment["amount"]),
        str(payment["currency"]),
        str(payment["settlement_date"] or ""),
        str(reason),
        arrived_minor,
        str(payment["returned_at"] or "")[:10],
    )
