"""Stored replies of calls, apart from the calls that store them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.db.pool import Connection

_FORGET = "DELETE FROM idempotent_reply WHERE subjects && $1::uuid[]"


async def forget(connection: Connection, subjects: Collection[UUID]) -> None:
    """Deletes every reply that tells of one of `subjects`."""
    await connection.execute(_FORGET, list(subjects))
