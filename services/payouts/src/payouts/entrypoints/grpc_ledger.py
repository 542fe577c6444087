"""LedgerService: accounts, postings, and the sums added up again."""

from typing import Any
from uuid import UUID

from chassis.errors import NotFound
from chassis.ids import encode
from chassis.rpc import pages
from chassis.rpc.mutations import Mutations
from google.protobuf.message import Message
from kamai.payouts.v1 import bank_pb2, bank_pb2_grpc

from payouts.entrypoints import protobuf
from payouts.entrypoints.requests import TransactionUow, optional, tenant


class LedgerServicer(bank_pb2_grpc.LedgerServiceServicer):
    def __init__(self, mutations: Mutations[TransactionUow]) -> None:
        self._mutations = mutations

    async def ListLedgerAccounts(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)

        async def work(uow: TransactionUow) -> Message:
            asked = tenant(uow, optional(request.organisation_id, "org", "organisation_id"))
            found = await uow.reads.ledger_accounts(asked, page.after.int if page.after else None, page.fetch)
            given, token = pages.cut(page, found, lambda row: UUID(int=row["id"]))
            accounts = [
                bank_pb2.LedgerAccount(
                    account=row["path"], balance=protobuf.money(row["balance_minor"], row["currency"]),
                    held=protobuf.money(row["held_minor"], row["currency"]),
                )
                for row in given
            ]  # fmt: skip
            return bank_pb2.ListLedgerAccountsResponse(accounts=accounts, next_page_token=token)

        return await self._mutations.read(work)

    async def ListPostings(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)

        async def work(uow: TransactionUow) -> Message:
            account = await uow.reads.ledger_account(request.account)
            if account is None or tenant(uow) not in (None, account["organisation_id"]):
                raise NotFound("ledger account", request.account)
            found = await uow.reads.postings(account["id"], page.after.int if page.after else None, page.fetch)
            given, token = pages.cut(page, found, lambda row: UUID(int=row["id"]))
            return bank_pb2.ListPostingsResponse(postings=map(_posting, given), next_page_token=token)

        return await self._mutations.read(work)

    async def CheckLedger(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        async def work(uow: TransactionUow) -> Message:
            row = await uow.reads.check_ledger()
            return bank_pb2.CheckLedgerResponse(
                transactions=row["transactions"], postings=row["postings"], unbalanced_transactions=row["unbalanced"],
                wrong_balances=row["wrong"],
            )  # fmt: skip

        return await self._mutations.read(work)


def _posting(row: Any) -> bank_pb2.Posting:
    return bank_pb2.Posting(
        transaction_id=encode("ledgertx", row["transaction_id"]), account=row["path"],
        amount=protobuf.money(row["amount_minor"], row["currency"]), kind=row["kind"], reference=row["reference"],
        posted_at=protobuf.timestamp(row["posted_at"]),
    )  # fmt: skip
