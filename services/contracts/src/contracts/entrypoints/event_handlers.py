"""Events of the other services, as commands."""

from __future__ import annotations

from typing import cast

from chassis import ids
from chassis.db.pool import Connection
from chassis.events.inbox import Handler, Subscription
from chassis.events.record import Event
from chassis.money import Money
from google.protobuf.message import Message
from kamai.onboarding.v1 import contractor_pb2
from kamai.onboarding.v1 import events_pb2 as onboarding
from kamai.payouts.v1 import events_pb2 as payouts
from kamai.payouts.v1 import obligation_pb2

from contracts import topics
from contracts.app.erase_contractor import erase_contractor
from contracts.app.follow_obligation import FollowObligation, follow_obligation
from contracts.app.note_capabilities import NoteCapabilities, note_capabilities
from contracts.domain.capability import CapabilityStatus
from contracts.domain.invoice import Obligation
from contracts.entrypoints.unit_of_work import MakeUnitOfWork

CONTRACTORS = "contracts.contractors"
PAYMENTS = "contracts.payments"


def subscriptions(make: MakeUnitOfWork) -> list[Subscription]:
    async def capabilities_changed(connection: Connection, event: Event) -> None:
        command = _capabilities(cast(onboarding.CapabilitiesChanged, event.message))
        await note_capabilities(make(connection, f"system:{CONTRACTORS}"), command)

    async def erased(connection: Connection, event: Event) -> None:
        contractor_id = ids.decode(cast(onboarding.ContractorErased, event.message).contractor_id, "contractor", "contractor_id")
        await erase_contractor(make(connection, f"system:{CONTRACTORS}"), contractor_id)

    async def obligation_changed(connection: Connection, event: Event) -> None:
        command = _obligation(cast(payouts.ObligationStateChanged, event.message))
        await follow_obligation(make(connection, f"system:{PAYMENTS}"), command)

    contractors: dict[type[Message], Handler] = {
        onboarding.CapabilitiesChanged: capabilities_changed, onboarding.ContractorErased: erased,
    }  # fmt: skip
    return [
        Subscription(CONTRACTORS, [topics.CONTRACTOR.name], contractors, final=frozenset({onboarding.ContractorErased})),
        Subscription(PAYMENTS, [topics.OBLIGATION.name], {payouts.ObligationStateChanged: obligation_changed}),
    ]


def _capabilities(message: onboarding.CapabilitiesChanged) -> NoteCapabilities:
    found = {
        contractor_pb2.Capability.Name(status.capability).removeprefix("CAPABILITY_"): CapabilityStatus(
            contractor_pb2.CapabilityState.Name(status.state).removeprefix("CAPABILITY_STATE_"), status.reason_code
        )
        for status in message.capabilities
        if status.capability in contractor_pb2.Capability.values() and status.state in contractor_pb2.CapabilityState.values()
    }
    ids.decode(message.contractor_id, "contractor", "contractor_id")
    return NoteCapabilities(message.contractor_id, found)


def _obligation(message: payouts.ObligationStateChanged) -> FollowObligation:
    """Nothing credited may come as an unset field: it is zero of the obligation's currency."""
    state = Obligation(obligation_pb2.ObligationState.Name(message.to_state).removeprefix("OBLIGATION_STATE_"))
    return FollowObligation(message.invoice_id, state, Money(message.credited.amount_minor, message.amount.currency))
