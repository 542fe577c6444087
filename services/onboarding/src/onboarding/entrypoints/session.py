"""What a servicer gets for one call: the use cases' unit of work, and the connection for the chassis' own queries."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from chassis.db.pool import Connection
from chassis.rpc.mutations import Mutations

from onboarding.app.ports import UnitOfWork


class Session(UnitOfWork, Protocol):
    @property
    def connection(self) -> Connection: ...


Calls: TypeAlias = Mutations[Session]
