"""Who may do what, as far as it follows from what the token is bound to."""

from __future__ import annotations

from chassis.errors import PermissionDenied

from onboarding.app.ports import UnitOfWork
from onboarding.domain.contractor import Contractor, was_approved


def require_platform(uow: UnitOfWork, act: str) -> None:
    """Compliance and what concerns everybody are the platform's: raises PermissionDenied for everybody else."""
    refuse_organisations(uow, act)
    if uow.contractor_id:
        raise PermissionDenied(f"a token of a contractor cannot {act}")


def require_account_holder(uow: UnitOfWork, contractor: Contractor, act: str) -> None:
    """Somebody approved is paid by other clients as well: from then on its accounts are its own affair, and compliance's. Raises
    PermissionDenied for the organisation that registered it."""
    if uow.organisation_id and was_approved(contractor):
        raise PermissionDenied(f"the contractor is approved: only the contractor itself, or compliance, can {act}")


def refuse_organisations(uow: UnitOfWork, act: str) -> None:
    """Raises PermissionDenied for a token of an organisation."""
    if uow.organisation_id:
        raise PermissionDenied(f"a token of an organisation cannot {act}")
