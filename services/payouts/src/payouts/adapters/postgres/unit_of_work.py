"""The repositories of one transaction."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime

from chassis.db.database import acting_for_platform
from chassis.db.pool import Connection
from chassis.ids import IdFactory
from chassis.rpc.call import Caller
from chassis.vault import Vault

from payouts.adapters.postgres.accounts import PostgresFreelancerAccounts
from payouts.adapters.postgres.erasure import PostgresErasure
from payouts.adapters.postgres.files import PostgresFiles
from payouts.adapters.postgres.funding import PostgresFunding
from payouts.adapters.postgres.ledger import PostgresLedger
from payouts.adapters.postgres.lines import PostgresLines
from payouts.adapters.postgres.obligations import PostgresObligations, PostgresPayees
from payouts.adapters.postgres.publisher import Codec, Publisher
from payouts.adapters.postgres.reads import PostgresReads
from payouts.adapters.postgres.runs import PostgresRuns
from payouts.adapters.postgres.sealing import Sealing


class PostgresUnitOfWork:
    def __init__(
        self, connection: Connection, codec: Codec, vault: Vault, actor: str, organisation_id: str, contractor_id: str,
        now: datetime, ids: IdFactory,
    ) -> None:  # fmt: skip
        self.connection, self.actor, self.now, self.ids = connection, actor, now, ids
        self.organisation_id, self.contractor_id = organisation_id, contractor_id
        publisher, sealing = Publisher(connection, codec, actor, now), Sealing(connection, vault)
        self.ledger = PostgresLedger(connection, now)
        self.lines = PostgresLines(connection, publisher, sealing, now)
        self.obligations = PostgresObligations(connection, publisher, sealing, now)
        self.payees = PostgresPayees(connection)
        self.runs = PostgresRuns(connection, publisher, now)
        self.funding = PostgresFunding(connection, publisher, now)
        self.files = PostgresFiles(connection, sealing, actor, now)
        self.accounts = PostgresFreelancerAccounts(connection, publisher, now)
        self.erasure = PostgresErasure(connection, vault)
        self.reads = PostgresReads(connection, sealing)

    def consequence(self) -> AbstractAsyncContextManager[None]:
        caller = Caller(self.actor, organisation_id=self.organisation_id, contractor_id=self.contractor_id)
        return acting_for_platform(self.connection, caller.tenant)
