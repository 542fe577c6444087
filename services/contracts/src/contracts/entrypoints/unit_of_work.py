"""The unit of work as the entrypoints see it: the use cases' one, with its connection for what the chassis does itself."""

from __future__ import annotations

from typing import Protocol

from chassis.db.pool import Connection

from contracts.app.ports import UnitOfWork


class BoundUnitOfWork(UnitOfWork, Protocol):
    @property
    def connection(self) -> Connection: ...


class MakeUnitOfWork(Protocol):
    def __call__(
        self, connection: Connection, actor: str, organisation_id: str = "", contractor_id: str = ""
    ) -> BoundUnitOfWork: ...
