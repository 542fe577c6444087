"""All repositories over one transaction's connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.clock import Clock
from chassis.db.pool import Connection
from chassis.events.topics import TopicRegistry
from chassis.ids import IdFactory
from chassis.rpc.call import Caller
from chassis.vault import Vault
from chassis.vault.blind import BlindIndex

from onboarding.adapters.event_codec import EventCodec
from onboarding.adapters.postgres.contractors import PostgresContractors
from onboarding.adapters.postgres.engagements import PostgresEngagements
from onboarding.adapters.postgres.erasures import PostgresErasures
from onboarding.adapters.postgres.exports import PostgresExports
from onboarding.adapters.postgres.legal_holds import PostgresLegalHolds
from onboarding.adapters.postgres.marks import PostgresMarks
from onboarding.adapters.postgres.payout_methods import PostgresPayoutMethods
from onboarding.adapters.postgres.personal import PersonalData
from onboarding.adapters.postgres.reviews import PostgresReviews
from onboarding.adapters.postgres.rows import Scope
from onboarding.adapters.postgres.screenings import PostgresScreenings
from onboarding.adapters.postgres.watchlists import PostgresWatchlists


class PostgresUnitOfWork:
    """Implements the UnitOfWork port."""

    def __init__(self, parts: UnitOfWorkFactory, connection: Connection, caller: Caller) -> None:
        scope = Scope(caller.organisation_id, caller.contractor_id, caller.tenant, caller.subject, parts.clock.now())
        personal = PersonalData(connection, parts.vault)
        self._scope = scope
        self.connection = connection
        self.ids = parts.ids
        self.contractors = PostgresContractors(connection, scope, personal, parts.codec, parts.registry)
        self.payout_methods = PostgresPayoutMethods(connection, scope, personal)
        self.reviews = PostgresReviews(connection, scope, personal)
        self.screenings = PostgresScreenings(connection, scope, personal)
        self.marks = PostgresMarks(connection, scope, parts.index)
        self.engagements = PostgresEngagements(connection)
        self.legal_holds = PostgresLegalHolds(connection, personal)
        self.erasures = PostgresErasures(connection, scope, parts.vault, parts.registry)
        self.exports = PostgresExports(connection, scope, personal)
        self.watchlists = PostgresWatchlists(connection)

    @property
    def actor(self) -> str:
        return self._scope.actor

    @property
    def organisation_id(self) -> str:
        return self._scope.organisation_id

    @property
    def contractor_id(self) -> str:
        return self._scope.contractor_id

    @property
    def now(self) -> datetime:
        return self._scope.now


@dataclass(frozen=True, slots=True)
class UnitOfWorkFactory:
    """Makes a unit of work for a connection that is in a transaction of the caller's tenant."""

    clock: Clock
    ids: IdFactory
    codec: EventCodec
    registry: TopicRegistry
    vault: Vault
    index: BlindIndex

    def __call__(self, connection: Connection, actor: str) -> PostgresUnitOfWork:
        """For a part of the service itself, which acts for the platform."""
        return self.of(connection, Caller(actor))

    def of(self, connection: Connection, caller: Caller) -> PostgresUnitOfWork:
        return PostgresUnitOfWork(self, connection, caller)
