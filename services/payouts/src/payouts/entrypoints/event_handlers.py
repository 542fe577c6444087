"""Events of other services to use cases."""

from collections.abc import Callable
from datetime import UTC, date
from typing import Any

from chassis.db.pool import Connection
from chassis.events.inbox import Handler, Subscription
from chassis.events.record import Event
from chassis.ids import decode, raw
from google.protobuf.message import Message
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.onboarding.v1 import contractor_pb2, screening_pb2
from kamai.onboarding.v1 import events_pb2 as onboarding

from payouts.app.erasure.erase_contractor import erase_contractor
from payouts.app.obligations import keep_payee
from payouts.app.obligations.raise_obligation import raise_obligation
from payouts.app.ports import PayeeMethod
from payouts.domain.obligations.model import NewObligation
from payouts.entrypoints.requests import TransactionUow

MakeSystemUow = Callable[[Connection, str], TransactionUow]
PAYABLES, PAYEES = "payouts.payables", "payouts.payees"


def subscriptions(make_uow: MakeSystemUow) -> list[Subscription]:
    """Both are ordered: an event that fails stops its own invoice or contractor only."""

    def handler(consumer: str, use_case: Callable[[TransactionUow, Any], Any]) -> Handler:
        async def handle(connection: Connection, event: Event) -> None:
            await use_case(make_uow(connection, f"system:{consumer}"), event.message)

        return handle

    payables: dict[type[Message], Handler] = {contracts.PayableRaised: handler(PAYABLES, _payable)}
    payees: dict[type[Message], Handler] = {
        onboarding.ContractorRegistered: handler(PAYEES, _registered),
        onboarding.ContractorStateChanged: handler(PAYEES, _state),
        onboarding.CapabilitiesChanged: handler(PAYEES, _capabilities),
        onboarding.PayoutMethodVerified: handler(PAYEES, _method),
        onboarding.PayoutMethodDisabled: handler(PAYEES, _disabled),
        onboarding.ContractorScreened: handler(PAYEES, _screened),
        onboarding.ContractorErased: handler(PAYEES, _erased),
    }
    return [
        Subscription(PAYABLES, ["kamai.contracts.invoice.v1"], payables),
        Subscription(PAYEES, ["kamai.onboarding.contractor.v1"], payees, final=frozenset({onboarding.ContractorErased})),
    ]


async def _payable(uow: TransactionUow, message: contracts.PayableRaised) -> None:
    await raise_obligation(
        uow,
        NewObligation(
            raw(uow.ids.new("obligation")), decode(message.invoice_id, "invoice"), message.invoice_number,
            decode(message.organisation_id, "org"), decode(message.contractor_id, "contractor"),
            decode(message.contract_id, "contract"), message.terms_version, tuple(raw(each) for each in message.work_item_ids),
            message.amount.amount_minor, message.amount.currency,
            date.fromisoformat(message.due_date) if message.due_date else None,
        ),
    )  # fmt: skip


async def _registered(uow: TransactionUow, message: onboarding.ContractorRegistered) -> None:
    await keep_payee.keep_state(uow, decode(message.contractor_id, "contractor"), "DRAFT")


async def _state(uow: TransactionUow, message: onboarding.ContractorStateChanged) -> None:
    state = contractor_pb2.CaseState.Name(message.to_state).removeprefix("CASE_STATE_")
    await keep_payee.keep_state(uow, decode(message.contractor_id, "contractor"), state)


async def _capabilities(uow: TransactionUow, message: onboarding.CapabilitiesChanged) -> None:
    """The set is complete: a capability that is not in it is not there."""
    state, reason = "UNSUPPORTED", ""
    for each in message.capabilities:
        if each.capability == contractor_pb2.CAPABILITY_RECEIVE_PAYOUT:
            state = contractor_pb2.CapabilityState.Name(each.state).removeprefix("CAPABILITY_STATE_")
            reason = each.reason_code
    await keep_payee.keep_capability(uow, decode(message.contractor_id, "contractor"), state, reason)


async def _method(uow: TransactionUow, message: onboarding.PayoutMethodVerified) -> None:
    method = PayeeMethod(
        decode(message.payout_method_id, "method"), decode(message.contractor_id, "contractor"), message.version,
        message.country, message.currency, message.usable_from.ToDatetime(tzinfo=UTC), message.sealed_instruction,
        message.partner_bank,
    )  # fmt: skip
    await keep_payee.keep_method(uow, method)


async def _disabled(uow: TransactionUow, message: onboarding.PayoutMethodDisabled) -> None:
    await keep_payee.disable_method(uow, decode(message.payout_method_id, "method"))


async def _erased(uow: TransactionUow, message: onboarding.ContractorErased) -> None:
    await erase_contractor(uow, decode(message.contractor_id, "contractor"))


async def _screened(uow: TransactionUow, message: onboarding.ContractorScreened) -> None:
    result = screening_pb2.ScreeningResult.Name(message.result).removeprefix("SCREENING_RESULT_")
    # other parts may ask as well: only a run's id concerns us
    run_id = decode(message.requested_by, "run") if message.requested_by.startswith("run_") else None
    at = message.screened_at.ToDatetime(tzinfo=UTC)
    await keep_payee.keep_screening(uow, decode(message.contractor_id, "contractor"), result, at, run_id)
