"""Domain events as protobuf messages. No personal data leaves: bank details only sealed for the payouts service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chassis.sealed import Sealer
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.onboarding.v1 import contractor_pb2, events_pb2, payout_method_pb2, screening_pb2
from kamai.type.v1 import history_pb2

from onboarding.domain import events
from onboarding.domain.capabilities import CapabilityStatus
from onboarding.domain.payment_instruction import instruction_of
from onboarding.domain.review import ReviewState

_OUTCOMES = {
    ReviewState.OPEN: events_pb2.REVIEW_OUTCOME_OPENED,
    ReviewState.CLAIMED: events_pb2.REVIEW_OUTCOME_CLAIMED,
    ReviewState.PENDING_SECOND: events_pb2.REVIEW_OUTCOME_PENDING_SECOND,
    ReviewState.APPROVED: events_pb2.REVIEW_OUTCOME_APPROVED,
    ReviewState.REJECTED: events_pb2.REVIEW_OUTCOME_REJECTED,
    ReviewState.INFORMATION_REQUESTED: events_pb2.REVIEW_OUTCOME_INFORMATION_REQUESTED,
}


def _timestamp(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    message = Timestamp()
    message.FromDatetime(at)
    return message


def _capability(status: CapabilityStatus) -> contractor_pb2.CapabilityStatus:
    return contractor_pb2.CapabilityStatus(
        capability=contractor_pb2.Capability.Value(f"CAPABILITY_{status.capability}"),
        state=contractor_pb2.CapabilityState.Value(f"CAPABILITY_STATE_{status.state}"),
        reason_code=status.reason_code,
        who_acts=history_pb2.Party.Value(f"PARTY_{status.who_acts}") if status.who_acts else history_pb2.PARTY_UNSPECIFIED,
        due_at=_timestamp(status.due_at),
    )


class EventCodec:
    """`encode` gives the message of an event of a contractor."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._encoders: dict[type, Callable[[str, Any], Message]] = {
            events.ContractorRegistered: _registered,
            events.ContractorUpdated: _updated,
            events.ContractorStateChanged: _state_changed,
            events.CapabilitiesChanged: _capabilities_changed,
            events.PayoutMethodVerified: self._method_verified,
            events.PayoutMethodDisabled: _method_disabled,
            events.ContractorScreened: _screened,
            events.ReviewStateChanged: _review_state_changed,
            events.ContractorErased: _erased,
        }

    def encode(self, contractor_id: str, event: events.Event) -> Message:
        return self._encoders[type(event)](contractor_id, event)

    def _method_verified(self, contractor_id: str, event: events.PayoutMethodVerified) -> Message:
        method = event.method
        given = instruction_of(method)
        plain = events_pb2.PaymentInstruction(
            holder_name=given.holder_name, country=given.country, currency=given.currency, iban=given.iban,
            account_number=given.account_number, bic=given.bic, clearing_code=given.clearing_code,
            clearing_system=given.clearing_system, purpose_code=given.purpose_code, address_lines=given.address_lines,
        )  # fmt: skip
        info = f"kamai.payment-instruction.v1|{contractor_id}|{method.id}"
        return events_pb2.PayoutMethodVerified(
            contractor_id=contractor_id, payout_method_id=method.id, version=method.version, country=method.country,
            currency=method.currency, usable_from=_timestamp(method.usable_from),
            sealed_instruction=self._sealer.seal(plain.SerializeToString(deterministic=True), info),
            partner_bank=method.partner_bank,
        )  # fmt: skip


def _registered(contractor_id: str, event: events.ContractorRegistered) -> Message:
    person_type = contractor_pb2.PersonType.Value(f"PERSON_TYPE_{event.person_type}")
    return events_pb2.ContractorRegistered(contractor_id=contractor_id, country=event.country, person_type=person_type)


def _updated(contractor_id: str, event: events.ContractorUpdated) -> Message:
    return events_pb2.ContractorUpdated(contractor_id=contractor_id, country=event.country, changed_fields=event.changed_fields)


def _state_changed(contractor_id: str, event: events.ContractorStateChanged) -> Message:
    from_state = f"CASE_STATE_{event.from_state or 'UNSPECIFIED'}"
    return events_pb2.ContractorStateChanged(
        contractor_id=contractor_id,
        from_state=contractor_pb2.CaseState.Value(from_state),
        to_state=contractor_pb2.CaseState.Value(f"CASE_STATE_{event.to_state}"),
        reason_code=event.reason_code,
    )


def _capabilities_changed(contractor_id: str, event: events.CapabilitiesChanged) -> Message:
    return events_pb2.CapabilitiesChanged(
        contractor_id=contractor_id, capabilities=[_capability(status) for status in event.capabilities]
    )


def _method_disabled(contractor_id: str, event: events.PayoutMethodDisabled) -> Message:
    return events_pb2.PayoutMethodDisabled(
        contractor_id=contractor_id,
        payout_method_id=event.method.id,
        state=payout_method_pb2.PayoutMethodState.Value(f"PAYOUT_METHOD_STATE_{event.method.state}"),
        reason_code=event.reason_code,
    )


def _screened(contractor_id: str, event: events.ContractorScreened) -> Message:
    return events_pb2.ContractorScreened(
        contractor_id=contractor_id,
        result=screening_pb2.ScreeningResult.Value(f"SCREENING_RESULT_{event.result}"),
        list_versions=event.list_versions,
        screened_at=_timestamp(event.screened_at),
        requested_by=event.requested_by,
    )


def _review_state_changed(contractor_id: str, event: events.ReviewStateChanged) -> Message:
    return events_pb2.ReviewStateChanged(contractor_id=contractor_id, review_id=event.review_id, outcome=_OUTCOMES[event.state])


def _erased(contractor_id: str, event: events.ContractorErased) -> Message:
    return events_pb2.ContractorErased(contractor_id=contractor_id)


def erasure_registered(contractor_id: str, erased_at: datetime) -> Message:
    return events_pb2.ErasureRegistered(contractor_id=contractor_id, erase_time=_timestamp(erased_at))
