"""One transaction with all repositories on its connection."""

from __future__ import annotations

from datetime import datetime

from chassis.clock import Clock
from chassis.db.pool import Connection
from chassis.events.topics import TopicRegistry
from chassis.ids import IdFactory
from chassis.vault import Vault

from contracts.adapters.postgres.capabilities import PostgresCapabilities
from contracts.adapters.postgres.contracts import PostgresContracts
from contracts.adapters.postgres.erasure import PostgresErasure
from contracts.adapters.postgres.invoices import PostgresInvoices
from contracts.adapters.postgres.organisations import PostgresOrganisations
from contracts.adapters.postgres.purchase_orders import PostgresPurchaseOrders
from contracts.adapters.postgres.transaction import Transaction
from contracts.adapters.postgres.work_items import PostgresWorkItems


class PostgresUnitOfWork:
    """Lives as long as its transaction; `now` is the same for everything in it."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.organisations = PostgresOrganisations(transaction)
        self.orders = PostgresPurchaseOrders(transaction)
        self.contracts = PostgresContracts(transaction)
        self.work = PostgresWorkItems(transaction)
        self.invoices = PostgresInvoices(transaction)
        self.capabilities = PostgresCapabilities(transaction)
        self.erasure = PostgresErasure(transaction)

    @property
    def connection(self) -> Connection:
        return self._transaction.connection

    @property
    def actor(self) -> str:
        return self._transaction.actor

    @property
    def organisation_id(self) -> str:
        return self._transaction.organisation_id

    @property
    def contractor_id(self) -> str:
        return self._transaction.contractor_id

    @property
    def now(self) -> datetime:
        return self._transaction.now

    @property
    def ids(self) -> IdFactory:
        return self._transaction.ids


class UnitOfWorkFactory:
    """Makes units of work; the parts that do not change from call to call are given once."""

    def __init__(self, registry: TopicRegistry, clock: Clock, ids: IdFactory, vault: Vault) -> None:
        self._registry, self._clock, self._ids, self._vault = registry, clock, ids, vault

    def __call__(
        self, connection: Connection, actor: str, organisation_id: str = "", contractor_id: str = ""
    ) -> PostgresUnitOfWork:
        now = self._clock.now()
        return PostgresUnitOfWork(
            Transaction(connection, self._registry, self._vault, self._ids, actor, organisation_id, contractor_id, now)
        )
