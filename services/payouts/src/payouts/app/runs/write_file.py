"""Writes one bank file of a run's reserved lines. From this commit on the lines are SUBMITTING and the file's bytes are fixed."""

from dataclasses import dataclass
from uuid import UUID

from chassis.ids import encode, raw

from payouts.app.ports import BankFile, Calendar, FileWriter, InstructionOpener, SealedLine, UnitOfWork
from payouts.app.runs.payment_batch import open_lines, payment_batch, problems_of
from payouts.domain.bank_messages import InvalidPaymentFile
from payouts.domain.funding import FundingAccount
from payouts.domain.ledger import entries
from payouts.domain.ledger.entries import Amount
from payouts.domain.obligations.blockers import blocker

TYPE = "pain.001.001.09"


@dataclass(frozen=True, slots=True)
class FileTools:
    opener: InstructionOpener
    write: FileWriter
    calendar: Calendar
    max_lines: int
    initiating_party: str


async def write_file(uow: UnitOfWork, run_id: UUID, tools: FileTools) -> bool:
    """Whether there was something to write. Lines whose details cannot be used are held; the others go on in the next file."""
    run = await uow.runs.lock(run_id)
    lines = await uow.lines.sealed(run_id, tools.max_lines)
    if not lines:
        return False
    transfers, bad = open_lines(lines, tools.opener, run.currency)
    if not bad:
        account = await uow.funding.get(run.funding_account_id)
        file_id = uow.ids.new("bankmsg")
        message_id = "K" + file_id.rpartition("_")[2].upper()
        day = tools.calendar.next_business_day(run.currency, max(run.value_date, uow.now.date()))
        try:
            written, content = tools.write(payment_batch(message_id, account, transfers, tools.initiating_party, day, uow.now))
        except InvalidPaymentFile as error:
            bad = problems_of(lines, error)
        else:
            file = BankFile(
                raw(file_id), account.bank, "OUT", TYPE, message_id, written.sha256, "WRITTEN", written.transfer_count, "",
                run_id, account.id, run.organisation_id, uow.now, None, content,
            )  # fmt: skip
            await _commit_to(uow, file, account, lines)
            return True
    await _hold(uow, bad)
    return True


async def _commit_to(uow: UnitOfWork, file: BankFile, account: FundingAccount, lines: list[SealedLine]) -> None:
    book = await uow.lines.load([line.attempt_id for line in lines])
    for line in lines:
        book.submit(line.attempt_id, file.id)
    await uow.files.add(file)
    await uow.lines.save(book)
    amounts = [Amount(encode("attempt", line.attempt_id), line.net_minor) for line in lines]
    posting = entries.submitted(raw(uow.ids.new("ledgertx")), account.ledger, encode("bankmsg", file.id), amounts)
    await uow.ledger.post([posting], [amount.attempt for amount in amounts])


async def _hold(uow: UnitOfWork, bad: dict[UUID, tuple[str, str]]) -> None:
    book = await uow.lines.load(list(bad))
    holds = []
    for attempt_id, (code, detail) in bad.items():
        book.hold(attempt_id, code)
        holds.append((attempt_id, blocker(code, encode("contractor", book.attempts[attempt_id].contractor_id), detail)))
    await uow.lines.add_holds(holds)
    await uow.lines.save(book)
    await uow.ledger.void([encode("attempt", attempt_id) for attempt_id in bad])
