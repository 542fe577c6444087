"""What other services read of erasures outlives their databases, and must outlive its own loss too."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from onboarding.app.ports import UnitOfWork


async def complete_register(uow: UnitOfWork, known: Collection[UUID], after: UUID | None, limit: int) -> tuple[UUID | None, int]:
    """Tells again whom the register in Kafka does not name: of a page of proofs behind `after`, by id, those not among `known`.
    Returns the last id of the page, None at the end, and how many were told. To tell somebody twice does no harm."""
    page = await uow.erasures.proven(after, limit)
    missing = [proof for proof in page if proof[0] not in known]
    await uow.erasures.tell(missing)
    return (page[-1][0] if len(page) == limit else None), len(missing)
