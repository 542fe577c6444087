"""A run's lines as a payment file's content."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis.ids import encode, raw

from payouts.app.ledger.register_funding_account import is_iban_like
from payouts.app.ports import (
    BankFile,
    Calendar,
    CannotOpenInstruction,
    FileWriter,
    Instruction,
    InstructionOpener,
    SealedLine,
    UnitOfWork,
)
from payouts.domain.bank_messages import AccountId, AgentId, CreditTransfer, CreditTransferBatch, InvalidPaymentFile
from payouts.domain.funding import FundingAccount
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.model import Blocker
from payouts.domain.runs.run import Run

TYPE = "pain.001.001.09"
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class FileTools:
    opener: InstructionOpener
    write: FileWriter
    calendar: Calendar
    max_lines: int
    initiating_party: str


def transfer(line: SealedLine, instruction: Instruction, currency: str) -> CreditTransfer:
    account = AccountId(instruction.iban) if instruction.iban else AccountId(instruction.account_number, "")
    agent = None
    if instruction.bic or instruction.clearing_code:
        agent = AgentId(
            instruction.bic or None, instruction.clearing_system or None, instruction.clearing_code or None,
            country=instruction.country,
        )  # fmt: skip
    return CreditTransfer(
        end_to_end_id=line.end_to_end_id, amount_minor=line.net_minor, currency=currency, creditor_name=instruction.holder_name,
        creditor_account=account, creditor_agent=agent, creditor_country=instruction.country,
        creditor_address_lines=instruction.address_lines, instruction_id=line.end_to_end_id, remittance_text=line.invoice_number,
        purpose_code=instruction.purpose_code or None,
    )  # fmt: skip


def payment_batch(
    message_id: str, account: FundingAccount, transfers: Sequence[CreditTransfer], initiating_party: str, day: date, now: datetime
) -> CreditTransferBatch:
    debtor = AccountId(account.account) if is_iban_like(account.account) else AccountId(account.account, "")
    return CreditTransferBatch(
        message_id=message_id, created_at=now, initiating_party=initiating_party, debtor_name=account.holder_name,
        debtor_account=debtor, debtor_agent=AgentId(bic=account.bic), currency=account.currency, requested_execution_date=day,
        transfer_count=len(transfers), total_minor=sum(each.amount_minor for each in transfers), transfers=transfers,
    )  # fmt: skip


def open_lines(
    lines: Sequence[SealedLine], opener: InstructionOpener, currency: str
) -> tuple[list[CreditTransfer], dict[UUID, tuple[str, str]]]:
    """Opened in memory only, for the time of writing."""
    transfers, bad = [], {}
    for line in lines:
        try:
            transfers.append(transfer(line, opener.open(line), currency))
        except CannotOpenInstruction:
            bad[line.attempt_id] = ("INSTRUCTION_SEALED", "")
    return transfers, bad


def problems_of(lines: Sequence[SealedLine], error: InvalidPaymentFile) -> dict[UUID, tuple[str, str]]:
    """By line, the fields that are wrong; a fault of the file's head holds them all."""
    fields: defaultdict[UUID, set[str]] = defaultdict(set)
    for problem in error.problems:
        concerned = lines if problem.transfer_index is None else [lines[problem.transfer_index]]
        for line in concerned:
            fields[line.attempt_id].add(problem.field)
    return {attempt_id: ("INSTRUCTION_INVALID", ", ".join(sorted(found))) for attempt_id, found in fields.items()}


def blockers_of(lines: Sequence[SealedLine], bad: dict[UUID, tuple[str, str]]) -> dict[UUID, list[Blocker]]:
    """Holds of lines by code and detail."""
    contractors = {line.attempt_id: encode("contractor", line.contractor_id) for line in lines}
    return {each: [blocker(code, contractors[each], detail)] for each, (code, detail) in bad.items()}


async def checked(
    uow: UnitOfWork, lines: list[SealedLine], currency: str, tools: FileTools
) -> tuple[list[CreditTransfer], dict[UUID, list[Blocker]]]:
    """What may be sent, and what stops the rest. A hit, a suspension or a change of the method after the screening stops a
    line up to this very commit. In batches: opening takes its time, and a transaction that is idle for long is ended."""
    transfers: list[CreditTransfer] = []
    held: defaultdict[UUID, list[Blocker]] = defaultdict(list)
    for start in range(0, len(lines), BATCH):
        part = lines[start : start + BATCH]
        for attempt_id, obstacle in await uow.lines.obstacles([line.attempt_id for line in part], uow.now):
            held[attempt_id].append(obstacle)
        opened, bad = open_lines(part, tools.opener, currency)
        transfers += opened
        for attempt_id, more in blockers_of(part, bad).items():
            held[attempt_id] += more
    return transfers, held


def render(uow: UnitOfWork, run: Run, account: FundingAccount, transfers: Sequence[CreditTransfer], tools: FileTools) -> BankFile:
    """Raises InvalidPaymentFile with every problem."""
    file_id = uow.ids.new("bankmsg")
    message_id = "K" + file_id.rpartition("_")[2].upper()
    day = tools.calendar.next_business_day(run.currency, max(run.value_date, uow.now.date()))
    written, content = tools.write(payment_batch(message_id, account, transfers, tools.initiating_party, day, uow.now))
    return BankFile(
        raw(file_id), account.bank, "OUT", TYPE, message_id, written.sha256, "WRITTEN", written.transfer_count, "",
        run.id, account.id, run.organisation_id, uow.now, None, content,
    )  # fmt: skip
