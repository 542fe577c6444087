"""Erases a contractor: signatures, documents and notes die with its key; capabilities, reasons of steps and stored replies are
deleted. Orders, terms and invoices stay: docs/decisions/0014."""

from __future__ import annotations

from uuid import UUID

from contracts.app.ports import UnitOfWork


async def erase_contractor(uow: UnitOfWork, contractor_id: UUID) -> None:
    """May be repeated."""
    await uow.erasure.destroy_keys([contractor_id])
    await uow.erasure.clear([contractor_id])
