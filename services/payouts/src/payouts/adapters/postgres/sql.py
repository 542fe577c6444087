"""The statements of this package, from the .sql files beside it."""

from chassis.db.statements import Statements

sql = Statements("payouts.adapters.postgres")
