"""Events of other services that this one acts on."""

from __future__ import annotations

from collections.abc import Callable

from chassis.db.pool import Connection
from chassis.events.inbox import Subscription
from chassis.events.record import Event
from kamai.contracts.v1 import contract_pb2
from kamai.contracts.v1 import events_pb2 as contracts_events_pb2
from kamai.payouts.v1 import events_pb2

from onboarding.app.note_engagement import NoteEngagement, note_engagement
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.screen_payees import ScreenPayees, screen_payees
from onboarding.app.screening_desk import ScreeningDesk

CONSUMER = "onboarding.payee-screening"
ENGAGEMENTS = "onboarding.engagements"
_C = contract_pb2
# The client has signed and it is before the contractor, or later: a draft, which nobody has proposed, engages nobody.
_ENGAGING = {
    _C.CONTRACT_STATE_AWAITING_CONTRACTOR_SIGNATURE, _C.CONTRACT_STATE_SCHEDULED, _C.CONTRACT_STATE_ACTIVE,
    _C.CONTRACT_STATE_PAUSED, _C.CONTRACT_STATE_ENDING, _C.CONTRACT_STATE_ENDED,
}  # fmt: skip


def payee_screening(
    make_uow: Callable[[Connection, str], UnitOfWork], checks: Checks, desk: ScreeningDesk, topic: str
) -> Subscription:
    """A run's payees are screened again before money leaves. Other events of the topic only move its position."""

    async def handle(connection: Connection, event: Event) -> None:
        message = event.message
        assert isinstance(message, events_pb2.PayeeScreeningRequested)
        command = ScreenPayees(message.run_id, tuple(message.contractor_ids))
        await screen_payees(make_uow(connection, f"system:{CONSUMER}"), checks, desk, command)

    # Screening twice does no harm and waiting for a lost event would hold a run: a poisoned one goes to the dead letters.
    return Subscription(CONSUMER, (topic,), {events_pb2.PayeeScreeningRequested: handle}, ordered=False, from_any=True)


def engagements(make_uow: Callable[[Connection, str], UnitOfWork], topic: str) -> Subscription:
    """Which organisation engages whom. It is only ever added to, so order does not matter."""

    async def handle(connection: Connection, event: Event) -> None:
        message = event.message
        assert isinstance(message, contracts_events_pb2.ContractStateChanged)
        if message.to_state in _ENGAGING:
            command = NoteEngagement(message.organisation_id, message.contractor_id)
            await note_engagement(make_uow(connection, f"system:{ENGAGEMENTS}"), command)

    return Subscription(ENGAGEMENTS, (topic,), {contracts_events_pb2.ContractStateChanged: handle}, ordered=False, from_any=True)
