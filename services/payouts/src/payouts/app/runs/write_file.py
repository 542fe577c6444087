"""Writes bank files of a run's reserved lines. From this commit on the lines are SUBMITTING and the files' bytes are fixed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.ids import encode, raw

from payouts.app.ports import BankFile, SealedLine, UnitOfWork
from payouts.app.runs.payment_batch import FileTools as FileTools
from payouts.app.runs.payment_batch import blockers_of, checked, problems_of, render
from payouts.domain.bank_messages import InvalidPaymentFile
from payouts.domain.funding import FundingAccount
from payouts.domain.ledger import entries
from payouts.domain.ledger.entries import Amount
from payouts.domain.obligations.blockers import blocker
from payouts.domain.obligations.model import Blocker
from payouts.domain.runs.run import Run
from payouts.domain.runs.states import RunMode

ALL = 10_000_000
Held = Mapping[UUID, Sequence[Blocker]]


async def write_file(uow: UnitOfWork, run_id: UUID, tools: FileTools) -> bool:
    """Whether there was something to write. Lines that cannot be sent are held; the others go on in the next file. An ATOMIC run
    has all its files written in this one transaction, or none."""
    run = await uow.runs.lock(run_id)
    atomic = run.mode is RunMode.ATOMIC
    lines = await uow.lines.sealed(run_id, ALL if atomic else tools.max_lines)
    if not lines:
        return False
    account = await uow.funding.get(run.funding_account_id)
    files: list[tuple[BankFile, list[SealedLine]]] = []
    held: dict[UUID, Sequence[Blocker]] = {}
    for start in range(0, len(lines), tools.max_lines):
        chunk = lines[start : start + tools.max_lines]
        transfers, stopped = await checked(uow, chunk, run.currency, tools)
        held |= stopped
        if held:
            continue
        try:
            files.append((render(uow, run, account, transfers, tools), chunk))
        except InvalidPaymentFile as error:
            held |= blockers_of(chunk, problems_of(chunk, error))
    if held:
        await _hold(uow, run, [line.attempt_id for line in lines] if atomic else list(held), held)
    else:
        for file, chunk in files:
            await _commit_to(uow, file, account, chunk)
    return True


async def _commit_to(uow: UnitOfWork, file: BankFile, account: FundingAccount, lines: Sequence[SealedLine]) -> None:
    book = await uow.lines.load([line.attempt_id for line in lines])
    for line in lines:
        book.submit(line.attempt_id, file.id)
    await uow.files.add(file)
    await uow.lines.save(book)
    amounts = [Amount(encode("attempt", line.attempt_id), line.net_minor) for line in lines]
    posting = entries.submitted(raw(uow.ids.new("ledgertx")), account.ledger, encode("bankmsg", file.id), amounts)
    await uow.ledger.post([posting], [amount.attempt for amount in amounts])


async def _hold(uow: UnitOfWork, run: Run, concerned: Sequence[UUID], held: Held) -> None:
    """Of an ATOMIC run every line is concerned: those without a reason of their own name the first that has one."""
    book = await uow.lines.load(concerned)
    culprit = book.attempts[next(iter(held))].end_to_end_id
    holds = []
    for attempt_id in concerned:
        reasons = held.get(attempt_id) or [blocker("ATOMIC_RUN", encode("run", run.id), culprit)]
        book.hold(attempt_id, reasons[0].code)
        holds += [(attempt_id, reason) for reason in reasons]
    await uow.lines.add_holds(holds)
    await uow.lines.save(book)
    await uow.ledger.void([encode("attempt", attempt_id) for attempt_id in concerned])
