"""Subjects, places, and waiting for others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

from chassis.db.pool import Connection
from chassis.vault import Place, Subject, Vault
from support.wait import until

NewVault = Callable[[], Coroutine[Any, Any, Vault]]
_WAITING = """
SELECT count(*) = $1 FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


def someone() -> Subject:
    return Subject("CONTRACTOR", uuid4())


def place(row: str | UUID | int = "1") -> Place:
    return Place("organisation:1", "contractor", "tax_number", str(row))


class _Undo(Exception):
    """Ends a transaction as a fault would."""


@asynccontextmanager
async def rolled_back(transaction: Any) -> AsyncIterator[Any]:
    """A transaction, or a part of one, that fails at its end."""
    with suppress(_Undo):
        async with transaction as inside:
            yield inside
            raise _Undo


async def blocked(connection: Connection, count: int = 1) -> None:
    """Until so many others wait for a lock."""
    await until(lambda: connection.fetchval(_WAITING, count))
