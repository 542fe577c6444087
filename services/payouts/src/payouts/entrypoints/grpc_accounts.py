"""FreelancerAccountService: accounts kept by partner banks, and the credits on them."""

from typing import Any

from chassis.ids import decode
from chassis.rpc import history, pages
from chassis.rpc.mutations import Mutations
from google.protobuf.message import Message
from kamai.banking.v1 import freelancer_account_pb2 as pb2
from kamai.banking.v1 import freelancer_account_pb2_grpc as pb2_grpc

from payouts.app.accounts.activate_account import activate_account
from payouts.app.accounts.apply_for_account import ApplyForAccount, apply_for_account
from payouts.app.accounts.decide_application import decide_application
from payouts.app.ports import Calendar
from payouts.entrypoints import protobuf
from payouts.entrypoints.requests import TransactionUow, optional


class FreelancerAccountServicer(pb2_grpc.FreelancerAccountServiceServicer):
    def __init__(self, mutations: Mutations[TransactionUow], banks: frozenset[str], calendar: Calendar) -> None:
        self._mutations, self._banks, self._calendar = mutations, banks, calendar

    async def ApplyForAccount(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        command = ApplyForAccount(decode(request.contractor_id, "contractor", "contractor_id"), request.bank, request.currency)

        async def work(uow: TransactionUow) -> Message:
            account = await apply_for_account(uow, command, self._banks, self._calendar)
            return pb2.ApplyForAccountResponse(account=protobuf.account(account))

        return await self._mutations.run(request, work)

    async def DecideApplication(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        opens = request.decision == pb2.APPLICATION_DECISION_OPEN

        async def work(uow: TransactionUow) -> Message:
            account = await decide_application(uow, decode(request.id, "account"), opens, request.reason)
            return pb2.DecideApplicationResponse(account=protobuf.account(account))

        return await self._mutations.run(request, work)

    async def ActivateAccount(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        async def work(uow: TransactionUow) -> Message:
            account = await activate_account(uow, decode(request.id, "account"))
            return pb2.ActivateAccountResponse(account=protobuf.account(account))

        return await self._mutations.run(request, work)

    async def GetFreelancerAccount(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        async def work(uow: TransactionUow) -> Message:
            found = await uow.accounts.get(decode(request.id, "account"))
            return pb2.GetFreelancerAccountResponse(account=protobuf.account(found))

        return await self._mutations.read(work)

    async def ListFreelancerAccounts(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)
        contractor = optional(request.contractor_id, "contractor", "contractor_id")

        async def work(uow: TransactionUow) -> Message:
            found = await uow.reads.freelancer_accounts(contractor, request.bank, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda each: each.id)
            return pb2.ListFreelancerAccountsResponse(accounts=map(protobuf.account, given), next_page_token=token)

        return await self._mutations.read(work)

    async def ListCredits(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)
        account = optional(request.account_id, "account", "account_id")

        async def work(uow: TransactionUow) -> Message:
            found = await uow.reads.credits(account, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda each: each.id)
            return pb2.ListCreditsResponse(credits=map(protobuf.credit, given), next_page_token=token)

        return await self._mutations.read(work)

    async def ListAccountTransitions(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        async def work(uow: TransactionUow) -> Message:
            await uow.accounts.get(decode(request.id, "account"))
            steps, token = await history.page(uow.connection, request)
            return pb2.ListAccountTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._mutations.read(work)
