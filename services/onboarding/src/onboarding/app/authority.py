"""Who may do what, as far as it follows from what the token is bound to."""

from __future__ import annotations

from chassis.errors import PermissionDenied

from onboarding.app.ports import UnitOfWork


def require_platform(uow: UnitOfWork, act: str) -> None:
    """Compliance and what concerns everybody are the platform's: raises PermissionDenied for everybody else."""
    refuse_organisations(uow, act)
    if uow.contractor_id:
        raise PermissionDenied(f"a token of a contractor cannot {act}")


def refuse_organisations(uow: UnitOfWork, act: str) -> None:
    """Raises PermissionDenied for a token of an organisation."""
    if uow.organisation_id:
        raise PermissionDenied(f"a token of an organisation cannot {act}")
