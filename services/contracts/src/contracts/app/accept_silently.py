"""The auto-acceptance clock: silence of the client counts as acceptance once the agreed days are over."""

from __future__ import annotations

from contracts.app.accept_work import accept_locked
from contracts.app.find_work import with_contract
from contracts.app.ports import UnitOfWork


async def accept_silently(uow: UnitOfWork, work_id: str) -> None:
    """Has no effect when somebody acted meanwhile."""
    seen = await uow.work.get(work_id)
    item, contract = await with_contract(uow, work_id, seen.kind)
    if item.auto_accept_at is not None and item.auto_accept_at <= uow.now:
        await accept_locked(uow, item, contract, f"no answer until {item.auto_accept_at:%Y-%m-%d %H:%M} UTC")
