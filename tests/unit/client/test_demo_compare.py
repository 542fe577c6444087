"""The comparison with the bank finds every way in which two books can differ; signatures of bank events are checked."""

from __future__ import annotations

import pytest
from devstack.keys import Keys
from kamai.contracts.v1.invoice_pb2 import Invoice
from kamai.payouts.v1 import obligation_pb2
from kamai.payouts.v1.bank_pb2 import CheckLedgerResponse
from kamai.payouts.v1.obligation_pb2 import Attempt, ExplainPayoutResponse, Obligation
from kamai.type.v1.money_pb2 import Money
from kamai_client.bank_events import BankEvent, SignatureCheck
from kamai_client.demo.bank_control import BankRecord
from kamai_client.demo.comparing import AccountTotal, difference
from kamai_client.demo.report import Outcome
from payouts.adapters.bank_events.bank_events import Signer

BOOKED = BankRecord("booked", 1000, "USD", "2026-11-23")


def usd(minor: int) -> Money:
    return Money(amount_minor=minor, currency="USD")


def differs(state: str, record: BankRecord, *, credited: int = 1000, invoice: int | None = None) -> str:
    """Of a payment of 10.00 USD that is credited so far with `credited`, by the invoice with `invoice`."""
    attempt = Attempt(state=obligation_pb2.AttemptState.Value(f"ATTEMPT_STATE_{state}"), net=usd(1000))
    told = ExplainPayoutResponse(obligation=Obligation(amount=usd(1000), credited=usd(credited)), attempts=[attempt])
    return difference(state, attempt, told, Invoice(paid=usd(credited if invoice is None else invoice)), record)


@pytest.mark.parametrize(
    ("state", "record", "credited"),
    [
        ("CREDITED", BOOKED, 1000),
        ("CREDITED", BankRecord("booked", 1000, "USD", arrived_minor=985), 985),
        ("REJECTED", BankRecord("rejected", 1000, "USD", reason="AC04"), 0),
        ("RETURNED", BankRecord("returned", 1000, "USD", reason="AC06"), 0),
        ("HELD", BankRecord("none"), 0),
    ],
)
def test_what_agrees(state: str, record: BankRecord, credited: int) -> None:
    """Both books tell the same."""
    assert differs(state, record, credited=credited) == ""


@pytest.mark.parametrize(
    ("state", "record", "credited", "invoice", "said"),
    [
        ("CREDITED", BankRecord("none"), 1000, None, "the bank says none"),
        ("CREDITED", BankRecord("accepted", 1000, "USD"), 1000, None, "the bank says accepted"),
        ("REJECTED", BOOKED, 0, None, "we say REJECTED, the bank says booked"),
        ("HELD", BOOKED, 0, None, "we say HELD, the bank says booked"),
        ("RETURNED", BOOKED, 0, None, "the bank says booked"),
        ("UNKNOWN", BOOKED, 0, None, "we say UNKNOWN"),
        ("CREDITED", BankRecord("booked", 1001, "USD"), 1000, None, "we sent 10.00 USD, the bank has 10.01 USD"),
        ("CREDITED", BankRecord("booked", 1000, "EUR"), 1000, None, "the bank has 10.00 EUR"),
        ("CREDITED", BankRecord("booked", 1000, "USD", arrived_minor=999), 1000, None, "999 arrived, we say 1000"),
        ("CREDITED", BOOKED, 999, None, "booked 10.00 USD, we count 9.99 USD"),
        ("CREDITED", BOOKED, 1000, 0, "the invoice says 0.00 USD paid, payouts 10.00 USD"),
    ],
)
def test_what_differs(state: str, record: BankRecord, credited: int, invoice: int | None, said: str) -> None:
    """One cent, one state, one currency: told in words."""
    assert said in differs(state, record, credited=credited, invoice=invoice)


def outcome(**given: object) -> Outcome:
    ledger = CheckLedgerResponse(transactions=1, postings=2)
    found = {
        "payments": [],
        "accounts": [],
        "ledger": ledger,
        "events": [],
        "stopped": [],
        "bad_rows": [],
        "refusals": [],
        "stages_s": {},
    }
    return Outcome(**(found | {"took_s": 1.0} | given))  # type: ignore[arg-type]


def test_anything_that_disagrees_spoils_the_whole() -> None:
    """The exit code hangs on it."""
    assert outcome().agrees
    assert not outcome(accounts=[AccountTotal("L", "NL07", "USD", 100, 101)]).agrees
    assert not outcome(ledger=CheckLedgerResponse(unbalanced_transactions=1)).agrees
    assert not outcome(ledger=CheckLedgerResponse(wrong_balances=1)).agrees
    assert not outcome(events=[BankEvent(0, 0, "account_1", {}, "the signature is wrong")]).agrees


def test_signatures_of_bank_events(keys: Keys) -> None:
    """What payouts signs holds; another byte, another key or no signature does not."""
    check, sign = SignatureCheck(keys.bank_event_jwks), Signer.from_file(keys.bank_event_key).sign
    assert check.problem(sign(b'{"a":1}'), b'{"a":1}') == ""
    assert check.problem(sign(b'{"a":1}'), b'{"a":2}') == "the signature is wrong"
    assert check.problem("", b"{}") == "no detached JWS"
    assert check.problem("a.b.c", b"{}") == "no detached JWS"
    other = Signer.from_file(keys.token_key).sign
    assert check.problem(other(b"{}"), b"{}") == "signed with a key that is not published"
