"""After the key of the blind index changed: the hashes of opened values by the new key, then none by an older one."""

from __future__ import annotations

from chassis import ids

from onboarding.app.marks import marks_of_profile
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain.marks import Marked, marks_of_account


async def rehash_index(uow: UnitOfWork, checks: Checks, after: str, limit: int) -> list[str]:
    """The next `limit` contractors behind `after` of whom something has no hash by the current key; none at the end."""
    found = await uow.marks.outdated(after, limit)
    contractors = await uow.contractors.lock_many([ids.raw(each) for each in found])
    methods = await uow.payout_methods.all_of(found)
    people = [Marked(each.id, each.id, marks_of_profile(checks, each.profile)) for each in contractors]
    accounts = [Marked(id_, each.id, marks_of_account(each)) for id_, of in methods.items() for each in of]
    await uow.marks.rewrite([*people, *accounts])
    return found


async def drop_outdated(uow: UnitOfWork, limit: int) -> int:
    """Returns how many hashes by older keys were deleted; fewer than `limit` at the end."""
    return await uow.marks.drop_outdated(limit)
