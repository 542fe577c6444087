"""Our state of every payment beside the bank's own record, to the minor unit, and the reason in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kamai.contracts.v1 import invoice_pb2
from kamai.payouts.v1 import funding_pb2, obligation_pb2
from kamai.payouts.v1.obligation_pb2 import Attempt, ExplainPayoutResponse, WhyNotPaidResponse

from kamai_client import money
from kamai_client.demo.bank_control import BankRecord
from kamai_client.demo.waiting import WaitedInVain, until
from kamai_client.demo.world import Funded, Payment, World

_A, _O = obligation_pb2.AttemptState, obligation_pb2.ObligationState
_AGREES = {
    "ACCEPTED": "accepted",
    "CREDITED": "booked",
    "REJECTED": "rejected",
    "RETURNED": "returned",
    "HELD": "none",
    "CANCELLED": "none",
    "": "none",
}


@dataclass(frozen=True)
class Compared:
    """One payment.

    Attributes:
        state: the last try's (HELD, REJECTED, CREDITED, RETURNED ...), or SHORT_PAID.
        differs: what does not agree, "" when all does.
    """

    contractor: str
    name: str
    country: str
    source: str
    amount_minor: int
    currency: str
    state: str
    obligation_state: str
    invoice_state: str
    credited_minor: int
    end_to_end_id: str
    bank_record: BankRecord
    differs: str
    reason: str
    obligation_id: str

    @property
    def agrees(self) -> bool:
        return not self.differs

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"agrees": self.agrees, "bank_record": asdict(self.bank_record)}


async def compare(world: World) -> list[Compared]:
    """Every payment, in the order of the contractors file."""
    records = await world.bank.records()
    found: list[Compared] = []
    with world.stages.stage("compare with the bank's records", len(world.payments)) as stage:

        async def one(payment: Payment) -> None:
            found.append(await _compare(world, payment, records))
            stage.step()

        await world.each(world.payments, one)
    order = {each.key: number for number, each in enumerate(world.batch.contractors)}
    return sorted(found, key=lambda each: (order[each.contractor], each.source))


async def _compare(world: World, payment: Payment, records: dict[str, BankRecord]) -> Compared:
    kamai = await world.people.finance(world.organisations[payment.contract.order.organisation.key])
    why = await kamai.payouts.WhyNotPaid(obligation_pb2.WhyNotPaidRequest(obligation_id=payment.obligation_id))
    told = await kamai.payouts.ExplainPayout(obligation_pb2.ExplainPayoutRequest(obligation_id=payment.obligation_id))
    attempt = told.attempts[-1] if told.attempts else Attempt()
    obligation_state = _O.Name(told.obligation.state).removeprefix("OBLIGATION_STATE_")
    state = _state(attempt) if told.attempts else ""
    invoice = await _invoice(world, payment, told)
    record = records.get(attempt.end_to_end_id, BankRecord("none"))
    person = payment.contract.contractor
    return Compared(
        person.key, person.profile.legal_name, person.profile.country, payment.source, payment.amount_minor, payment.currency,
        "SHORT_PAID" if obligation_state == "SHORT_PAID" else state or obligation_state, obligation_state,
        invoice_pb2.InvoiceState.Name(invoice.state).removeprefix("INVOICE_STATE_"), told.obligation.credited.amount_minor,
        attempt.end_to_end_id, record, difference(state, attempt, told, invoice, record),
        _reason(world, payment, attempt, why, told), payment.obligation_id,
    )  # fmt: skip


def _state(attempt: Attempt) -> str:
    """A held line is cancelled when its run closes, so that what is owed can be planned again: it was held."""
    if attempt.holds and attempt.state == obligation_pb2.ATTEMPT_STATE_CANCELLED:
        return "HELD"
    return _A.Name(attempt.state).removeprefix("ATTEMPT_STATE_")


async def _invoice(world: World, payment: Payment, told: ExplainPayoutResponse) -> invoice_pb2.Invoice:
    """The invoice once contracts has heard what payouts knows; the last it has heard otherwise."""
    kamai = await world.people.procurement(told.obligation.organisation_id)

    async def read() -> invoice_pb2.Invoice:
        return (await kamai.invoices.GetInvoice(invoice_pb2.GetInvoiceRequest(id=payment.invoice_id))).invoice

    try:
        return await until("the invoice", read, lambda now: now.paid.amount_minor == told.obligation.credited.amount_minor, 10.0)
    except WaitedInVain:
        return await read()


def difference(
    state: str, attempt: Attempt, told: ExplainPayoutResponse, invoice: invoice_pb2.Invoice, record: BankRecord
) -> str:
    """What the two books do not agree on, in words; "" when they agree. `state` is ours, "" for a payment in no run."""
    wanted = _AGREES.get(state, "?")
    if record.status != wanted:
        return f"we say {state or 'not tried'}, the bank says {record.status}"
    if wanted != "none" and (record.amount_minor, record.currency) != (attempt.net.amount_minor, attempt.net.currency):
        at_bank = f"{money.plain(record.amount_minor, record.currency)} {record.currency}"
        return f"we sent {money.show(attempt.net)}, the bank has {at_bank}"
    if record.status == "booked" and record.arrived_minor not in (None, told.obligation.credited.amount_minor):
        return f"{record.arrived_minor} arrived, we say {told.obligation.credited.amount_minor} (minor units)"
    if record.status == "booked" and record.arrived_minor is None and told.obligation.credited != attempt.net:
        return f"booked {money.show(attempt.net)}, we count {money.show(told.obligation.credited)}"
    if invoice.paid.amount_minor != told.obligation.credited.amount_minor:
        return f"the invoice says {money.show(invoice.paid)} paid, payouts {money.show(told.obligation.credited)}"
    return ""


def _reason(world: World, payment: Payment, attempt: Attempt, why: WhyNotPaidResponse, told: ExplainPayoutResponse) -> str:
    """What WhyNotPaid says, or for what is paid the end of the story ExplainPayout tells."""
    parts = list(world.notes.get(payment.invoice_id, []))
    parts += [f"{each.code}: {each.message}" for each in attempt.holds]
    if why.paid:
        own = [step.message for step in told.steps if step.attempt_id == attempt.id]
        last = (own or [step.message for step in told.steps])[-1:]
        parts += [message.partition(": ")[2] or message for message in last]
    elif why.blockers:
        parts += [f"{each.code}: {each.message}" for each in why.blockers]
    elif why.expected_on:
        parts.append(f"expected on {why.expected_on}")
    return "; ".join(dict.fromkeys(parts))


@dataclass(frozen=True)
class AccountTotal:
    """One funding account: what left it by the bank's books and by our ledger, in minor units."""

    organisation: str
    iban: str
    currency: str
    bank_minor: int
    ledger_minor: int

    @property
    def agrees(self) -> bool:
        return self.bank_minor == self.ledger_minor


async def account_totals(world: World) -> list[AccountTotal]:
    return [await _account_total(world, funded) for funded in world.funded]


async def _account_total(world: World, funded: Funded) -> AccountTotal:
    given = funded.given
    kamai = await world.people.finance(funded.account.organisation_id)
    asked = funding_pb2.ListFundingAccountsRequest(organisation_id=funded.account.organisation_id)
    [account] = [each async for each in kamai.pages(kamai.funding.ListFundingAccounts, asked) if each.id == funded.account.id]
    spent_minor = held_minor(funded.account) - held_minor(account)
    debited_minor = given.balance.amount_minor - await world.bank.balance_minor(funded.bank_account)
    return AccountTotal(given.organisation.legal_name, given.iban, given.currency, debited_minor, spent_minor)


def held_minor(account: funding_pb2.FundingAccount) -> int:
    """What our ledger says is still on the account."""
    return account.available.amount_minor + account.reserved.amount_minor + account.in_transit.amount_minor
