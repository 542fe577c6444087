"""Brings the file of roots up to date, and numbers roots on from it: what the database forgot, the file still knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.audit import canonical
from chassis.audit.canonical import root_of
from chassis.audit.roots_file import Newest, RootsFile, Signed
from chassis.clock import Clock
from chassis.db.database import PLATFORM, Database
from chassis.db.statements import Statements
from chassis.logging import logger

sql = Statements("chassis.audit")
_COMPARED_EVERY, _AT_ONCE = timedelta(seconds=60), 500


class Filing:
    """What the file lacks is decided for each tenant by the numbers of its roots.

    Tenants whose roots were just signed are looked at at once. All of them are compared at the start, when the file was replaced
    or cut off, and every 60 s, for another replica may have ended between signing and filing.
    """

    def __init__(self, database: Database, service: str, clock: Clock, path: Path) -> None:
        self._database, self._service, self._clock = database, service, clock
        self._file = RootsFile(path, service)
        self._compared_at: datetime | None = None
        self._behind: set[UUID] = set()  # tenants of which the file may lack roots
        self._told: set[UUID] = set()

    async def read(self) -> None:
        """What is in the file now. Raises as RootsFile.read."""
        if await asyncio.to_thread(self._file.read):
            if self._compared_at is not None:
                logger().error("the file of audit roots was replaced or cut off", reason="what the database has is filed again")
            self._compared_at = None

    def newest(self, tenant: UUID, kept: Newest) -> Newest:
        """The newest root the file or the database knows; `kept` is the database's. The file is believed where they differ."""
        filed = self._file.newest.get(tenant, Newest())
        if kept.number > filed.number or kept == filed:
            return kept
        self._tell(tenant, filed.number, kept.number)
        return filed

    async def write(self, signed: Iterable[UUID]) -> bool:
        """Adds what the file lacks, of the tenants of which roots were signed and others; whether there may be more."""
        self._behind.update(signed)
        now = self._clock.now()
        if self._compared_at is None or now - self._compared_at >= _COMPARED_EVERY:
            await self._compare()
            self._compared_at = now
        if not self._behind:
            return False
        rows = await self._fetch_behind()
        if rows:
            found = [(root_of(self._service, row), row["signature"]) for row in rows]
            self._check(found)
            await asyncio.to_thread(self._file.append, found)
        if len(rows) < _AT_ONCE:
            self._behind.clear()
        return len(rows) == _AT_ONCE

    async def _compare(self) -> None:
        rows = await self._database.run(lambda connection: connection.fetch(sql.newest_roots), tenant=PLATFORM, read_only=True)
        kept = {row["organisation_id"]: Newest(row["root_number"], row["root_digest"]) for row in rows}
        for tenant in kept.keys() | self._file.newest.keys():
            if self.newest(tenant, kept.get(tenant, Newest())) != self._file.newest.get(tenant):
                self._behind.add(tenant)

    async def _fetch_behind(self) -> Sequence[Any]:
        tenants = list(self._behind)
        numbers = [self._file.newest.get(tenant, Newest()).number for tenant in tenants]
        rows: Sequence[Any] = await self._database.run(
            lambda connection: connection.fetch(sql.roots_behind, tenants, numbers, _AT_ONCE), tenant=PLATFORM, read_only=True
        )
        return rows

    def _check(self, found: Sequence[Signed]) -> None:
        """Tells of a tenant whose roots do not follow what the file has."""
        last: dict[UUID, Newest] = {}
        for root, _ in found:
            tenant = root.organisation_id
            before = last.get(tenant) or self._file.newest.get(tenant, Newest())
            if (root.number, root.previous) != (before.number + 1, before.digest):
                self._tell(tenant, before.number, root.number)
            last[tenant] = Newest(root.number, root.digest())

    def _tell(self, tenant: UUID, filed: int, kept: int) -> None:
        if tenant in self._told:
            return
        self._told.add(tenant)
        logger().error(
            f"the database {'is behind' if kept < filed else 'disagrees with'} the file of audit roots",
            organisation_id=canonical.tenant(tenant) or "platform",
            reason=f"root {filed} in the file, root {kept} in the database",
        )
