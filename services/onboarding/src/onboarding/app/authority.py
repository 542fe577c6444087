"""Who may do what, as far as the token's organisation says it."""

from __future__ import annotations

from chassis.errors import PermissionDenied

from onboarding.app.ports import UnitOfWork


def require_platform(uow: UnitOfWork, act: str) -> None:
    """Compliance and what concerns everybody are the platform's: raises PermissionDenied for a token of an organisation."""
    if uow.organisation_id:
        raise PermissionDenied(f"a token of an organisation cannot {act}")
