"""Finds contractors by a number, an account or an e-mail, whoever registered them."""

from __future__ import annotations

from collections.abc import Sequence

from onboarding.app.authority import require_platform
from onboarding.app.ports import UnitOfWork
from onboarding.domain.contractor import Contractor
from onboarding.domain.marks import Mark

MOST = 50


async def find_contractors(uow: UnitOfWork, marks: Sequence[Mark]) -> list[Contractor]:
    """Newest first. marks: of one kind, any of them finds. Raises PermissionDenied, InvalidFields when nothing is left of the
    value."""
    require_platform(uow, "find contractors")
    return await uow.contractors.get_many(await uow.marks.find(marks, MOST))
