"""What a service forgets by the clock: claims, events and replies whose time is over."""

from __future__ import annotations

from chassis.db.database import Database
from chassis.events import inbox
from chassis.schedules import Schedule

EVERY_S = 3600.0


def housekeeping(database: Database) -> Schedule:
    async def forget() -> bool:
        for statement in (inbox.sql.forget_inbox, inbox.sql.forget_failed, inbox.sql.forget_replies):
            await database.pool.execute(statement)
        return False

    return Schedule("housekeeping", EVERY_S, forget)
