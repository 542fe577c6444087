"""Answers of the List...Transitions methods."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kamai.type.v1 import history_pb2

from chassis import ids
from chassis.db import history
from chassis.db.pool import Connection
from chassis.rpc import pages


async def page(connection: Connection, request: Any) -> tuple[list[history_pb2.Transition], str]:
    """The page of steps of aggregate `request.id`, oldest first, and the next token."""
    wanted = pages.of(request)
    rows = await history.steps_after(connection, ids.raw(request.id), wanted.after.int if wanted.after else 0, wanted.fetch)
    given, token = pages.cut(wanted, rows, lambda row: UUID(int=row["id"]))
    return [_message(row) for row in given], token


def _message(row: Any) -> history_pb2.Transition:
    return history_pb2.Transition(
        from_state=row["from_state"],
        to_state=row["to_state"],
        actor=row["actor"],
        reason=row["reason"],
        occurred_at=row["occurred_at"],
        version=row["version"],
    )
