"""BankService: files to and from banks, and what is done about silence."""

from typing import Any
from uuid import UUID

from chassis.errors import InvalidFields, NotFound
from chassis.ids import decode, encode
from chassis.rpc import pages
from chassis.rpc.mutations import Mutations
from google.protobuf.message import Message
from kamai.payouts.v1 import bank_pb2, bank_pb2_grpc, obligation_pb2

from payouts.app import tenancy
from payouts.app.rails.record_inquiry import record_inquiry
from payouts.app.rails.resolve_unknown import ResolveUnknown, resolve_unknown
from payouts.app.rails.take_in_message import take_in_message
from payouts.entrypoints import protobuf
from payouts.entrypoints.bank import Bank
from payouts.entrypoints.requests import TransactionUow, optional, tenant


class BankServicer(bank_pb2_grpc.BankServiceServicer):
    def __init__(self, mutations: Mutations[TransactionUow], bank: Bank) -> None:
        self._mutations, self._bank = mutations, bank

    async def ListBankMessages(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)
        run_id = optional(request.run_id, "run", "run_id")

        async def work(uow: TransactionUow) -> Message:
            found = await uow.reads.bank_messages(run_id, request.type_prefix, tenant(uow), page.after, page.fetch)
            given, token = pages.cut(page, found, lambda each: each.id)
            return bank_pb2.ListBankMessagesResponse(bank_messages=map(protobuf.bank_message, given), next_page_token=token)

        return await self._mutations.read(work)

    async def GetBankMessage(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        async def work(uow: TransactionUow) -> Message:
            found = await uow.files.get(decode(request.id, "bankmsg"), content=True)
            if tenant(uow) not in (None, found.organisation_id):
                raise NotFound("bank message", request.id)
            return bank_pb2.GetBankMessageResponse(bank_message=protobuf.bank_message(found), content=found.content)

        return await self._mutations.read(work)

    async def ImportBankMessage(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        if request.bank != self._bank.name:
            raise InvalidFields.one("bank", f"no such bank connection; configured: {self._bank.name}", "UNKNOWN_BANK")
        command = self._bank.read(request.content)

        async def work(uow: TransactionUow) -> Message:
            return bank_pb2.ImportBankMessageResponse(bank_message=protobuf.bank_message(await take_in_message(uow, command)))

        return await self._mutations.run(request, work)

    async def InquireAttempt(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        attempt_id = decode(request.id, "attempt")
        asked: Any = await self._mutations.read(lambda uow: self._read_attempt(uow, attempt_id))
        unknown = asked.state == obligation_pb2.ATTEMPT_STATE_UNKNOWN
        # the bank is asked outside of any transaction
        answer = await self._bank.inquire(asked.end_to_end_id) if unknown else None

        async def work(uow: TransactionUow) -> Message:
            attempt = await record_inquiry(uow, attempt_id, self._bank.name, answer)
            return bank_pb2.InquireAttemptResponse(attempt=protobuf.attempt(attempt))

        return await self._mutations.run(request, work)

    @staticmethod
    async def _read_attempt(uow: TransactionUow, attempt_id: UUID) -> Message:
        attempt = await uow.obligations.attempt(attempt_id)
        tenancy.require(uow, attempt.organisation_id, "attempt", encode("attempt", attempt_id))
        return protobuf.attempt(attempt)

    async def ResolveUnknownAttempt(self, request: Any, context: Any) -> bytes:  # type: ignore[override]
        resolution = bank_pb2.UnknownResolution.Name(request.resolution).removeprefix("UNKNOWN_RESOLUTION_")
        command = ResolveUnknown(decode(request.id, "attempt"), resolution, request.evidence)

        async def work(uow: TransactionUow) -> Message:
            attempt = await resolve_unknown(uow, command, self._bank.name)
            return bank_pb2.ResolveUnknownAttemptResponse(attempt=protobuf.attempt(attempt))

        return await self._mutations.run(request, work)

    async def ListReconciliationExceptions(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)

        async def work(uow: TransactionUow) -> Message:
            found = await uow.reads.exceptions(tenant(uow), page.after.int if page.after else None, page.fetch)
            given, token = pages.cut(page, found, lambda row: UUID(int=row["id"]))
            return bank_pb2.ListReconciliationExceptionsResponse(exceptions=map(_exception, given), next_page_token=token)

        return await self._mutations.read(work)


def _exception(row: Any) -> bank_pb2.ReconciliationException:
    return bank_pb2.ReconciliationException(
        id=row["id"], bank_message_id=encode("bankmsg", row["bank_message_id"]) if row["bank_message_id"] else "",
        code=row["code"], message=row["message"], amount=protobuf.money(row["amount_minor"], row["currency"]),
        end_to_end_id=row["end_to_end_id"], create_time=protobuf.timestamp(row["created_at"]),
    )  # fmt: skip
