"""All repositories over one transaction's connection."""

from __future__ import annotations

from datetime import datetime

from chassis.clock import Clock
from chassis.db.pool import Connection
from chassis.events.topics import TopicRegistry
from chassis.ids import IdFactory

from onboarding.adapters.event_codec import EventCodec
from onboarding.adapters.postgres.contractors import PostgresContractors
from onboarding.adapters.postgres.payout_methods import PostgresPayoutMethods
from onboarding.adapters.postgres.reviews import PostgresReviews
from onboarding.adapters.postgres.rows import Scope
from onboarding.adapters.postgres.screenings import PostgresScreenings
from onboarding.adapters.postgres.watchlists import PostgresWatchlists


class PostgresUnitOfWork:
    """Implements the UnitOfWork port."""

    def __init__(self, parts: UnitOfWorkFactory, connection: Connection, actor: str, organisation_id: str) -> None:
        scope = Scope(organisation_id, actor, parts.clock.now())
        self._scope = scope
        self.connection = connection
        self.ids = parts.ids
        self.contractors = PostgresContractors(connection, scope, parts.codec, parts.registry)
        self.payout_methods = PostgresPayoutMethods(connection, scope)
        self.reviews = PostgresReviews(connection, scope)
        self.screenings = PostgresScreenings(connection)
        self.watchlists = PostgresWatchlists(connection)

    @property
    def actor(self) -> str:
        return self._scope.actor

    @property
    def organisation_id(self) -> str:
        return self._scope.organisation_id

    @property
    def now(self) -> datetime:
        return self._scope.now


class UnitOfWorkFactory:
    """Makes a unit of work for a connection that is in a transaction."""

    def __init__(self, clock: Clock, ids: IdFactory, codec: EventCodec, registry: TopicRegistry) -> None:
        self.clock, self.ids, self.codec, self.registry = clock, ids, codec, registry

    def __call__(self, connection: Connection, actor: str, organisation_id: str = "") -> PostgresUnitOfWork:
        return PostgresUnitOfWork(self, connection, actor, organisation_id)
