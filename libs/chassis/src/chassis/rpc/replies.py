"""Stored replies of calls, apart from the calls that store them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.db.pool import Connection

_FORGET = """
WITH gone AS (DELETE FROM idempotent_reply WHERE subjects && $1::uuid[] RETURNING subjects)
SELECT DISTINCT s FROM gone, unnest(gone.subjects) AS s WHERE s = ANY ($1::uuid[])
"""


async def forget(connection: Connection, subjects: Collection[UUID]) -> list[UUID]:
    """Deletes every reply that tells of one of `subjects`; returns of whom there were any."""
    return [row["s"] for row in await connection.fetch(_FORGET, list(subjects))]
