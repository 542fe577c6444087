"""After a backup was restored: whoever was erased is erased again, before anybody is served."""

from __future__ import annotations

from collections.abc import Sequence

from onboarding.app.ports import UnitOfWork
from onboarding.domain.erasure import ErasureProof


async def reapply_erasures(uow: UnitOfWork, filed: Sequence[ErasureProof]) -> int:
    """`filed`: proofs from outside of the database, which count when its own register was restored to an older state as well.
    Returns how many contractors had something that came back. Other services heard it the first time, and have the register."""
    await uow.erasures.sweep_keys()
    returned = await uow.erasures.returned([proof.contractor_id for proof in filed])
    if returned:
        await uow.erasures.remove(returned)
        await uow.erasures.close(returned)
    await uow.erasures.keep(filed, filed=True)
    return len(returned)
