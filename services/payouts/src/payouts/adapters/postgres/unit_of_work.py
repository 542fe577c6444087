"""The repositories of one transaction."""

from datetime import datetime

from chassis.db.pool import Connection
from chassis.ids import IdFactory

from payouts.adapters.postgres.accounts import PostgresFreelancerAccounts
from payouts.adapters.postgres.files import PostgresFiles
from payouts.adapters.postgres.funding import PostgresFunding
from payouts.adapters.postgres.ledger import PostgresLedger
from payouts.adapters.postgres.lines import PostgresLines
from payouts.adapters.postgres.obligations import PostgresObligations, PostgresPayees
from payouts.adapters.postgres.publisher import Codec, Publisher
from payouts.adapters.postgres.reads import PostgresReads
from payouts.adapters.postgres.runs import PostgresRuns


class PostgresUnitOfWork:
    def __init__(
        self, connection: Connection, codec: Codec, actor: str, organisation_id: str, now: datetime, ids: IdFactory
    ) -> None:
        self.connection, self.actor, self.organisation_id, self.now, self.ids = connection, actor, organisation_id, now, ids
        publisher = Publisher(connection, codec, actor, now)
        self.ledger = PostgresLedger(connection, now)
        self.lines = PostgresLines(connection, publisher, now)
        self.obligations = PostgresObligations(connection, publisher, now)
        self.payees = PostgresPayees(connection)
        self.runs = PostgresRuns(connection, publisher, now)
        self.funding = PostgresFunding(connection, publisher, now)
        self.files = PostgresFiles(connection, actor, now)
        self.accounts = PostgresFreelancerAccounts(connection, publisher, now)
        self.reads = PostgresReads(connection)
