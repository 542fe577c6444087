"""Domain events to the outbox: protobuf for our services, signed JSON beside it for partner banks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from chassis.events import outbox
from chassis.events.outbox import OutboxEvent
from chassis.events.topics import TopicRegistry
from chassis.ids import encode as encode_id
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.banking.v1 import events_pb2 as banking
from kamai.banking.v1 import freelancer_account_pb2 as accounts_pb2
from kamai.payouts.v1 import events_pb2, obligation_pb2, run_pb2
from kamai.type.v1.money_pb2 import Money

from payouts.adapters.bank_events.bank_events import BankEvents
from payouts.domain.accounts.model import AccountMoved, CreditMoved
from payouts.domain.funding import BalanceChanged
from payouts.domain.obligations.book import AttemptMoved, ObligationMoved
from payouts.domain.runs.run import ApprovalGiven, RunMoved, ScreeningRequested

Encoded = tuple[str, int, Message]
# A run's lines share organisation, run and payees, and each obligation has two events: half the time of encoding were ids.
encode = lru_cache(maxsize=16_384)(encode_id)


def _obligation_state(state: str) -> obligation_pb2.ObligationState.ValueType:
    return obligation_pb2.ObligationState.Value(f"OBLIGATION_STATE_{state or 'UNSPECIFIED'}")


def _attempt_state(state: str) -> obligation_pb2.AttemptState.ValueType:
    return obligation_pb2.AttemptState.Value(f"ATTEMPT_STATE_{state or 'UNSPECIFIED'}")


def _obligation_moved(event: ObligationMoved) -> Encoded:
    obligation = event.obligation
    key = encode("obligation", obligation.id)
    return key, obligation.version, events_pb2.ObligationStateChanged(
        obligation_id=key, invoice_id=encode("invoice", obligation.invoice_id),
        organisation_id=encode("org", obligation.organisation_id), contractor_id=encode("contractor", obligation.contractor_id),
        from_state=_obligation_state(event.from_state), to_state=_obligation_state(obligation.state),
        amount=Money(amount_minor=obligation.amount_minor, currency=obligation.currency),
        credited=Money(amount_minor=obligation.credited_minor, currency=obligation.currency),
    )  # fmt: skip


def _attempt_moved(event: AttemptMoved) -> Encoded:
    attempt = event.attempt
    key = encode("obligation", attempt.obligation_id)
    message = events_pb2.AttemptStateChanged(
        obligation_id=key, invoice_id=encode("invoice", event.invoice_id), attempt_id=encode("attempt", attempt.id),
        run_id=encode("run", attempt.run_id), end_to_end_id=attempt.end_to_end_id, from_state=_attempt_state(event.from_state),
        to_state=_attempt_state(attempt.state), net=Money(amount_minor=attempt.net_minor, currency=attempt.currency),
        failure_code=obligation_pb2.FailureCode.Value(f"FAILURE_CODE_{attempt.failure_code or 'UNSPECIFIED'}"),
        bank_code=attempt.bank_code,
    )  # fmt: skip
    if attempt.credited_minor is not None:
        message.credited.CopyFrom(Money(amount_minor=attempt.credited_minor, currency=attempt.currency))
    return key, event.version, message


def _run_moved(event: RunMoved) -> Encoded:
    run = event.run
    return encode("run", run.id), run.version, events_pb2.RunStateChanged(
        run_id=encode("run", run.id), organisation_id=encode("org", run.organisation_id),
        from_state=run_pb2.RunState.Value(f"RUN_STATE_{event.from_state or 'UNSPECIFIED'}"),
        to_state=run_pb2.RunState.Value(f"RUN_STATE_{run.state}"), digest=run.digest, line_count=run.line_count,
        net_total=Money(amount_minor=run.net_total_minor, currency=run.currency),
    )  # fmt: skip


def _approval_given(event: ApprovalGiven) -> Encoded:
    run = event.run
    return encode("run", run.id), run.version, events_pb2.RunApprovalGiven(
        run_id=encode("run", run.id), organisation_id=encode("org", run.organisation_id), digest=run.digest,
        approvals=event.approvals, approvals_required=run.approvals_required,
    )  # fmt: skip


def _screening_requested(event: ScreeningRequested) -> Encoded:
    asked = Timestamp()
    asked.FromDatetime(event.requested_at)
    key = encode("run", event.run.id)
    contractors = [encode("contractor", each) for each in event.contractor_ids]
    return key, event.run.version, events_pb2.PayeeScreeningRequested(run_id=key, contractor_ids=contractors, requested_at=asked)


def _balance_changed(event: BalanceChanged) -> Encoded:
    account = event.account
    key = encode("funding", account.id)
    return key, account.version, events_pb2.FundingBalanceChanged(
        funding_account_id=key, organisation_id=encode("org", account.organisation_id),
        change=Money(amount_minor=event.change_minor, currency=account.currency), bank_reference=event.bank_reference,
    )  # fmt: skip


def _account_state(state: str) -> accounts_pb2.FreelancerAccountState.ValueType:
    return accounts_pb2.FreelancerAccountState.Value(f"FREELANCER_ACCOUNT_STATE_{state or 'UNSPECIFIED'}")


def _account_moved(event: AccountMoved) -> Encoded:
    account = event.account
    key = encode("account", account.id)
    return key, account.version, banking.FreelancerAccountStateChanged(
        account_id=key, contractor_id=encode("contractor", account.contractor_id), bank=account.bank,
        from_state=_account_state(event.from_state), to_state=_account_state(account.state),
    )  # fmt: skip


def _credit_moved(event: CreditMoved) -> Encoded:
    credit, account = event.credit, event.account
    key = encode("account", account.id)
    message = banking.CreditStateChanged(
        credit_id=encode("credit", credit.id), account_id=key, bank=account.bank,
        from_state=accounts_pb2.CreditState.Value(f"CREDIT_STATE_{event.from_state or 'UNSPECIFIED'}"),
        to_state=accounts_pb2.CreditState.Value(f"CREDIT_STATE_{credit.state}"),
        expected=Money(amount_minor=credit.expected_minor, currency=credit.currency), end_to_end_id=credit.end_to_end_id,
    )  # fmt: skip
    if credit.credited_minor is not None:
        message.credited.CopyFrom(Money(amount_minor=credit.credited_minor, currency=credit.currency))
    return key, account.version, message


_ENCODERS: dict[type, Callable[..., Encoded]] = {
    ObligationMoved: _obligation_moved, AttemptMoved: _attempt_moved, RunMoved: _run_moved, ApprovalGiven: _approval_given,
    ScreeningRequested: _screening_requested, BalanceChanged: _balance_changed, AccountMoved: _account_moved,
    CreditMoved: _credit_moved,
}  # fmt: skip


class EventCodec:
    def __init__(self, registry: TopicRegistry, bank_events: BankEvents) -> None:
        self._registry, self._bank_events = registry, bank_events

    def encode(self, events: Sequence[object]) -> list[OutboxEvent]:
        found = []
        for event in events:
            key, sequence, message = _ENCODERS[type(event)](event)
            found.append(outbox.event(self._registry, key, sequence, message))
            if isinstance(event, AccountMoved | CreditMoved):
                found.append(self._bank_events.event(event))
        return found
