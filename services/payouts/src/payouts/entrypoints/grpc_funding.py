"""FundingService: the accounts an organisation pays from."""

from typing import Any

from chassis.ids import decode
from chassis.rpc import pages
from chassis.rpc.mutations import Mutations
from google.protobuf.message import Message
from kamai.payouts.v1 import funding_pb2, funding_pb2_grpc

from payouts.app.ledger.record_deposit import RecordDeposit, record_deposit
from payouts.app.ledger.register_funding_account import RegisterFundingAccount, register_funding_account
from payouts.entrypoints import protobuf
from payouts.entrypoints.requests import TransactionUow, tenant


class FundingServicer(funding_pb2_grpc.FundingServiceServicer):
    def __init__(self, mutations: Mutations[TransactionUow], banks: frozenset[str]) -> None:
        self._mutations, self._banks = mutations, banks

    async def RegisterFundingAccount(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        command = RegisterFundingAccount(
            decode(request.organisation_id, "org", "organisation_id"), request.bank, request.account, request.bic,
            request.currency, request.holder_name,
        )  # fmt: skip

        async def work(uow: TransactionUow) -> Message:
            account = await register_funding_account(uow, command, self._banks)
            return funding_pb2.RegisterFundingAccountResponse(funding_account=protobuf.funding_account(account))

        return await self._mutations.run(request, work)

    async def ListFundingAccounts(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)

        async def work(uow: TransactionUow) -> Message:
            asked = tenant(uow, decode(request.organisation_id, "org", "organisation_id"))
            found = await uow.reads.funding_accounts(asked, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda each: each)
            accounts = await uow.funding.many(given)
            messages = [protobuf.funding_account(accounts[each]) for each in given]
            return funding_pb2.ListFundingAccountsResponse(funding_accounts=messages, next_page_token=token)

        return await self._mutations.read(work)

    async def RecordDeposit(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        command = RecordDeposit(
            decode(request.funding_account_id, "funding", "funding_account_id"), request.amount.amount_minor,
            request.amount.currency, request.bank_reference,
        )  # fmt: skip

        async def work(uow: TransactionUow) -> Message:
            account = await record_deposit(uow, command)
            return funding_pb2.RecordDepositResponse(funding_account=protobuf.funding_account(account))

        return await self._mutations.run(request, work)
