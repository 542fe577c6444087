"""Writes what a bank's word has led to: lines, ledger, entries, credits, things for a person. All in the caller's transaction."""

from collections import defaultdict
from uuid import UUID

from chassis.ids import encode, raw

from payouts.app.accounts.follow_attempts import follow_attempts
from payouts.app.ports import UnitOfWork
from payouts.domain.ledger import entries
from payouts.domain.ledger.entries import Amount, Transaction
from payouts.domain.obligations.book import LineBook
from payouts.domain.rails.effects import Effects
from payouts.domain.rails.returns import replay_returns


async def settle(uow: UnitOfWork, book: LineBook, effects: Effects, bank: str, cause: str, file_id: UUID | None) -> None:
    """`cause`: id as text of the bank message or the attempt inquired; `file_id`: the bank message, None for an inquiry."""
    matched = replay_returns(book, await uow.files.take_early_returns(effects.booked), effects) if effects.booked else []
    await uow.lines.save(book)
    await _post(uow, book, effects, cause)
    if file_id is not None:
        await uow.files.add_entries(bank, file_id, effects.entries)
        await uow.files.confirm_entries(bank, file_id, effects.confirmed)
    await uow.files.match_entries(bank, matched)
    await uow.files.add_early_returns(effects.early)
    await uow.files.add_problems(file_id, effects.problems)
    for attempt_id in effects.inquire:
        await uow.lines.inquired(attempt_id, None)
    await follow_attempts(uow, book)


async def _post(uow: UnitOfWork, book: LineBook, effects: Effects, cause: str) -> None:
    if effects.booked or effects.rejected:
        await uow.ledger.post(
            await _booked(uow, book, effects.booked, cause) + await _rejected(uow, book, effects.rejected, cause)
        )
    if effects.returned:
        await uow.ledger.post(await _returned(uow, book, effects.returned))


def _grouped(book: LineBook, attempt_ids: list[UUID]) -> dict[tuple[UUID, UUID | None], list[Amount]]:
    """By funding account and file: one netted transaction each."""
    groups: defaultdict[tuple[UUID, UUID | None], list[Amount]] = defaultdict(list)
    for attempt_id in attempt_ids:
        attempt = book.attempts[attempt_id]
        amount = Amount(encode("attempt", attempt_id), attempt.net_minor)
        groups[attempt.funding_account_id, attempt.bank_message_id].append(amount)
    return groups


def _reference(cause: str, file_id: UUID | None) -> str:
    return f"{cause}/{encode('bankmsg', file_id)}" if file_id else cause


async def _booked(uow: UnitOfWork, book: LineBook, booked: list[UUID], cause: str) -> list[Transaction]:
    groups = _grouped(book, booked)
    accounts = await uow.funding.many({funding for funding, _ in groups})
    return [
        entries.booked(raw(uow.ids.new("ledgertx")), accounts[funding].ledger, _reference(cause, file_id), amounts)
        for (funding, file_id), amounts in groups.items()
    ]


async def _rejected(uow: UnitOfWork, book: LineBook, rejected: list[UUID], cause: str) -> list[Transaction]:
    groups = _grouped(book, rejected)
    accounts = await uow.funding.many({funding for funding, _ in groups})
    submissions = await uow.ledger.transactions_of("PAYOUT_SUBMITTED", [amounts[0].attempt for amounts in groups.values()])
    return [
        entries.rejected(
            raw(uow.ids.new("ledgertx")), accounts[funding].ledger, _reference(cause, file_id), amounts,
            submissions.get(amounts[0].attempt),
        )
        for (funding, file_id), amounts in groups.items()
    ]  # fmt: skip


async def _returned(uow: UnitOfWork, book: LineBook, returned: list[tuple[UUID, int]]) -> list[Transaction]:
    """One transaction per return, each linked to the booking it compensates."""
    accounts = await uow.funding.many({book.attempts[attempt_id].funding_account_id for attempt_id, _ in returned})
    amounts = {attempt_id: Amount(encode("attempt", attempt_id), minor) for attempt_id, minor in returned}
    bookings = await uow.ledger.transactions_of("PAYOUT_BOOKED", [amount.attempt for amount in amounts.values()])
    return [
        entries.returned(
            raw(uow.ids.new("ledgertx")), accounts[book.attempts[attempt_id].funding_account_id].ledger, amount,
            bookings.get(amount.attempt),
        )
        for attempt_id, amount in amounts.items()
    ]  # fmt: skip
