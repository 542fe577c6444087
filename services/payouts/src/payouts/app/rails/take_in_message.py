"""Takes in a bank's message: stored once, and with it, in the same transaction, everything it leads to."""

from dataclasses import dataclass
from uuid import UUID

from chassis.ids import encode, raw

from payouts.app.ports import BankFile, UnitOfWork
from payouts.app.rails.settle import settle
from payouts.domain.bank_messages import AccountReport, BankMessage, ReturnReport, StatusReport
from payouts.domain.obligations.book import LineBook
from payouts.domain.rails.effects import Effects, Problem
from payouts.domain.rails.entries import apply_account_report
from payouts.domain.rails.returns import apply_returns
from payouts.domain.rails.status_report import apply_status_report


@dataclass(frozen=True, slots=True)
class TakeInMessage:
    """`decoded` None: unreadable, `error` says why; it is kept for a person."""

    bank: str
    type: str
    content: bytes
    sha256: str
    decoded: BankMessage | None
    error: str = ""


async def take_in_message(uow: UnitOfWork, command: TakeInMessage) -> BankFile:
    message = command.decoded
    file = BankFile(
        raw(uow.ids.new("bankmsg")), command.bank, "IN", command.type, message.message_id if message else "", command.sha256,
        "PROCESSED" if message else "UNREADABLE", _items(message), command.error[:500], None, None, None, uow.now, None,
        command.content,
    )  # fmt: skip
    if not await uow.files.add(file):
        return await uow.files.find_in(file.bank, file.message_id, file.sha256)
    if message is None:
        await uow.files.add_problems(file.id, [Problem("UNREADABLE_MESSAGE", "a bank message that cannot be read", "")])
    else:
        book, effects = await _apply(uow, command.bank, message)
        await settle(uow, book, effects, command.bank, encode("bankmsg", file.id), file.id)
    return file


async def _apply(uow: UnitOfWork, bank: str, message: BankMessage) -> tuple[LineBook, Effects]:
    if isinstance(message, StatusReport):
        handovers = await uow.files.spoken_of(bank, message.original_message_id)
        named = {item.end_to_end_id for item in message.items if item.end_to_end_id}
        book = await uow.lines.load_for_message(named, message.original_message_id, bank)
        in_file = await uow.files.attempts_of(bank, message.original_message_id, book.attempts)
        return book, apply_status_report(book, in_file, message, resent=handovers > 1)
    if isinstance(message, ReturnReport):
        book = await uow.lines.load_for_message({each.end_to_end_id for each in message.returns if each.end_to_end_id}, "", bank)
        return book, apply_returns(book, message)
    return await _apply_account_report(uow, bank, message)


async def _apply_account_report(uow: UnitOfWork, bank: str, report: AccountReport) -> tuple[LineBook, Effects]:
    entries = [entry for statement in report.statements for entry in statement.entries]
    book = await uow.lines.load_for_message({entry.end_to_end_id for entry in entries if entry.end_to_end_id}, "", bank)
    known = await uow.files.known_entries(bank, {entry.entry_key for entry in entries})
    accounts = await uow.funding.many({attempt.funding_account_id for attempt in book.attempts.values()})
    paid_from: dict[UUID, str] = {account.id: account.account for account in accounts.values()}
    return book, apply_account_report(book, report, known, paid_from)


def _items(message: BankMessage | None) -> int:
    if isinstance(message, StatusReport):
        return len(message.items)
    if isinstance(message, ReturnReport):
        return len(message.returns)
    return sum(len(statement.entries) for statement in message.statements) if message else 0
