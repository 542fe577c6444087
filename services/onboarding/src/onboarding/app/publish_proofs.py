"""Signs the proofs of erasures, and takes them out of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from onboarding.app.ports import UnitOfWork
from onboarding.domain.erasure import ErasureProof


class Signer(Protocol):
    def sign(self, proof: ErasureProof) -> str:
        """The proof as a compact JWS."""
        ...


async def sign_proofs(uow: UnitOfWork, signer: Signer, limit: int) -> int:
    """Returns how many were signed."""
    unsigned = await uow.erasures.unsigned(limit)
    await uow.erasures.note_signatures({proof.contractor_id: signer.sign(proof) for proof in unsigned})
    return len(unsigned)


async def proofs_to_file(uow: UnitOfWork, limit: int) -> Sequence[ErasureProof]:
    """Signed ones that are nowhere but in the database."""
    return await uow.erasures.unfiled(limit)


async def note_filed(uow: UnitOfWork, proofs: Sequence[ErasureProof]) -> None:
    await uow.erasures.note_filed([proof.contractor_id for proof in proofs])
