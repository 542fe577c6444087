"""Credits of freelancer accounts follow the payouts they come from."""

from chassis.ids import raw

from payouts.app.ports import UnitOfWork
from payouts.domain.accounts import model
from payouts.domain.accounts.model import Account, AccountEvent, Credit, CreditState
from payouts.domain.obligations.book import LineBook
from payouts.domain.obligations.model import Attempt
from payouts.domain.obligations.states import AttemptState

# From here on money is on its way: the partner bank is advised.
_ADVISED = frozenset({AttemptState.ACCEPTED, AttemptState.UNKNOWN, AttemptState.CREDITED})


async def follow_attempts(uow: UnitOfWork, book: LineBook) -> None:
    """For the changed attempts of a book that go to an account at a partner bank."""
    concerned = [book.attempts[each] for each in sorted(book.changed) if book.attempts[each].partner_bank]
    if not concerned:
        return
    by_attempt, known = await uow.accounts.for_attempts(concerned)
    accounts = {account.id: account for account in by_attempt.values()}
    versions = {account.id: account.version for account in accounts.values()}
    changed: dict[object, Credit] = {}
    events: list[AccountEvent] = []
    for attempt in concerned:
        if attempt.id not in by_attempt:
            continue
        account = accounts[by_attempt[attempt.id].id]
        credit = known.get(attempt.id)
        if credit is None:
            if attempt.state not in _ADVISED:
                continue
            credit = _advice(uow, account, attempt)
            account, advised = model.advise(credit, account)
            events.append(advised)
        credit, account, moved = model.follow(credit, account, attempt, uow.now)
        events += moved
        accounts[account.id], changed[attempt.id] = account, credit
    moved_accounts: list[Account] = [each for each in accounts.values() if each.version != versions[each.id]]
    await uow.accounts.save(moved_accounts, list(changed.values()), events)


def _advice(uow: UnitOfWork, account: Account, attempt: Attempt) -> Credit:
    return Credit(
        raw(uow.ids.new("credit")), account.id, attempt.id, attempt.end_to_end_id, attempt.net_minor, None, attempt.currency,
        CreditState.ADVICE_RECEIVED, False, uow.now, uow.now,
    )  # fmt: skip
