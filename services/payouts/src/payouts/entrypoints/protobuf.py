"""Domain objects to messages of the API."""

from datetime import datetime

from chassis.ids import encode
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.banking.v1 import freelancer_account_pb2 as accounts_pb2
from kamai.payouts.v1 import bank_pb2, funding_pb2, obligation_pb2, run_pb2
from kamai.type.v1 import history_pb2
from kamai.type.v1.money_pb2 import Money

from payouts.app.ports import BankFile
from payouts.domain.accounts.model import Account, Credit
from payouts.domain.failure_codes import RULES, FailureCode, Retry
from payouts.domain.funding import FundingAccount
from payouts.domain.obligations.model import Attempt, Blocker, Obligation
from payouts.domain.obligations.why import party_of
from payouts.domain.runs.run import RunView


def timestamp(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def money(minor: int, currency: str) -> Money:
    return Money(amount_minor=minor, currency=currency)


def blocker(found: Blocker) -> history_pb2.Blocker:
    return history_pb2.Blocker(
        code=found.code, message=found.message, who_acts=history_pb2.Party.Value(f"PARTY_{found.who_acts}"), remedy=found.remedy,
        due_at=timestamp(found.due_at), subject=found.subject,
    )  # fmt: skip


def obligation(found: Obligation) -> obligation_pb2.Obligation:
    return obligation_pb2.Obligation(
        id=encode("obligation", found.id), invoice_id=encode("invoice", found.invoice_id), invoice_number=found.invoice_number,
        organisation_id=encode("org", found.organisation_id), contractor_id=encode("contractor", found.contractor_id),
        contract_id=encode("contract", found.contract_id), terms_version=found.terms_version,
        work_item_ids=[encode("work", each) for each in found.work_item_ids], amount=money(found.amount_minor, found.currency),
        credited=money(found.credited_minor, found.currency), outstanding=money(found.outstanding_minor, found.currency),
        due_date=found.due_date.isoformat() if found.due_date else "",
        state=obligation_pb2.ObligationState.Value(f"OBLIGATION_STATE_{found.state}"), attempts=found.attempts,
        etag=str(found.version), create_time=timestamp(found.created_at), update_time=timestamp(found.updated_at),
    )  # fmt: skip


def attempt(found: Attempt) -> obligation_pb2.Attempt:
    message = obligation_pb2.Attempt(
        id=encode("attempt", found.id), obligation_id=encode("obligation", found.obligation_id),
        run_id=encode("run", found.run_id),
        number=found.number, end_to_end_id=found.end_to_end_id,
        state=obligation_pb2.AttemptState.Value(f"ATTEMPT_STATE_{found.state}"),
        contractor_id=encode("contractor", found.contractor_id),
        payout_method_id=encode("method", found.payout_method_id) if found.payout_method_id else "",
        payout_method_version=found.payout_method_version, gross=money(found.gross_minor, found.currency),
        fees=money(found.fees_minor, found.currency), withheld=money(found.withheld_minor, found.currency),
        net=money(found.net_minor, found.currency), rail=found.rail, value_date=found.value_date.isoformat(),
        holds=[blocker(hold) for hold in found.holds], create_time=timestamp(found.created_at),
        update_time=timestamp(found.updated_at),
    )  # fmt: skip
    if found.credited_minor is not None:
        message.credited.CopyFrom(money(found.credited_minor, found.currency))
    if found.failure_code:
        message.failure.CopyFrom(_failure(found))
    return message


def _failure(found: Attempt) -> obligation_pb2.Failure:
    rule = RULES[FailureCode(found.failure_code)]
    return obligation_pb2.Failure(
        code=obligation_pb2.FailureCode.Value(f"FAILURE_CODE_{found.failure_code}"), bank_code=found.bank_code,
        text=found.failure_text, who_acts=history_pb2.Party.Value(f"PARTY_{party_of(rule.actor)}"),
        retryable=rule.retry is Retry.SAME_DETAILS,
    )  # fmt: skip


def run(view: RunView) -> run_pb2.Run:
    found = view.run
    return run_pb2.Run(
        id=encode("run", found.id), organisation_id=encode("org", found.organisation_id),
        funding_account_id=encode("funding", found.funding_account_id), currency=found.currency,
        mode=run_pb2.RunMode.Value(f"RUN_MODE_{found.mode}"), state=run_pb2.RunState.Value(f"RUN_STATE_{found.state}"),
        funding=run_pb2.FundingState.Value(f"FUNDING_STATE_{view.funding}"), digest=found.digest,
        net_total=money(found.net_total_minor, found.currency), line_count=found.line_count,
        settlement=[
            run_pb2.LineSummary(
                state=obligation_pb2.AttemptState.Value(f"ATTEMPT_STATE_{each.state}"), lines=each.lines,
                net=money(each.net_minor, found.currency),
            )
            for each in view.settlement
        ],
        maker=found.maker,
        approvals=[
            run_pb2.RunApproval(approver=each.approver, digest=each.digest, approved_at=timestamp(each.approved_at))
            for each in view.approvals
        ],
        approvals_required=found.approvals_required, approval_expires_at=timestamp(found.approval_expires_at),
        value_date=found.value_date.isoformat(), external_id=found.external_id, etag=str(found.version),
        create_time=timestamp(found.created_at), update_time=timestamp(found.updated_at),
    )  # fmt: skip


def masked(account: str) -> str:
    """All but the last four characters hidden."""
    return "*" * max(0, len(account) - 4) + account[-4:]


def funding_account(found: FundingAccount) -> funding_pb2.FundingAccount:
    return funding_pb2.FundingAccount(
        id=encode("funding", found.id), organisation_id=encode("org", found.organisation_id), bank=found.bank,
        masked_account=masked(found.account), bic=found.bic, currency=found.currency, holder_name=found.holder_name,
        available=money(found.available_minor, found.currency), reserved=money(found.reserved_minor, found.currency),
        in_transit=money(found.in_transit_minor, found.currency), create_time=timestamp(found.created_at),
    )  # fmt: skip


def bank_message(found: BankFile) -> bank_pb2.BankMessage:
    return bank_pb2.BankMessage(
        id=encode("bankmsg", found.id), bank=found.bank,
        direction=bank_pb2.BankMessageDirection.Value(f"BANK_MESSAGE_DIRECTION_{found.direction}"), type=found.type,
        message_id=found.message_id, sha256=found.sha256,
        state=bank_pb2.BankMessageState.Value(f"BANK_MESSAGE_STATE_{found.state}"), items=found.items, error=found.error,
        run_id=encode("run", found.run_id) if found.run_id else "", create_time=timestamp(found.created_at),
    )  # fmt: skip


def account(found: Account) -> accounts_pb2.FreelancerAccount:
    return accounts_pb2.FreelancerAccount(
        id=encode("account", found.id), contractor_id=encode("contractor", found.contractor_id), bank=found.bank,
        currency=found.currency, tracking_number=found.tracking_number,
        state=accounts_pb2.FreelancerAccountState.Value(f"FREELANCER_ACCOUNT_STATE_{found.state}"),
        credited=money(found.credited_minor, found.currency), decision_due_at=timestamp(found.decision_due_at),
        etag=str(found.version), create_time=timestamp(found.created_at), update_time=timestamp(found.updated_at),
    )  # fmt: skip


def credit(found: Credit) -> accounts_pb2.Credit:
    message = accounts_pb2.Credit(
        id=encode("credit", found.id), account_id=encode("account", found.account_id),
        attempt_id=encode("attempt", found.attempt_id),
        end_to_end_id=found.end_to_end_id, expected=money(found.expected_minor, found.currency),
        state=accounts_pb2.CreditState.Value(f"CREDIT_STATE_{found.state}"), short_credit=found.short_credit,
        create_time=timestamp(found.created_at), update_time=timestamp(found.updated_at),
    )  # fmt: skip
    if found.credited_minor is not None:
        message.credited.CopyFrom(money(found.credited_minor, found.currency))
    return message
