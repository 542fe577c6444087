"""PayoutService: what is owed, every try to pay it, and why something is not paid yet."""

from typing import Any
from uuid import UUID

from chassis.ids import decode, encode
from chassis.rpc import history, pages
from chassis.rpc.mutations import Mutations
from google.protobuf.message import Message
from kamai.payouts.v1 import obligation_pb2, obligation_pb2_grpc

from payouts.app import tenancy
from payouts.app.obligations.explain_payout import Explained, explain_payout
from payouts.app.obligations.find_obligation import find_obligation
from payouts.app.obligations.why_not_paid import why_not_paid
from payouts.app.ports import Calendar
from payouts.entrypoints import protobuf
from payouts.entrypoints.requests import TransactionUow, names, optional, tenant


def _by(request: Any, first: str = "obligation_id") -> tuple[UUID | None, UUID | None]:
    return optional(getattr(request, first), "obligation", first), optional(request.invoice_id, "invoice", "invoice_id")


class PayoutServicer(obligation_pb2_grpc.PayoutServiceServicer):
    def __init__(self, mutations: Mutations[TransactionUow], calendar: Calendar) -> None:
        self._mutations, self._calendar = mutations, calendar

    async def GetObligation(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        obligation_id, invoice_id = _by(request, "id")

        async def work(uow: TransactionUow) -> Message:
            found = await find_obligation(uow, obligation_id, invoice_id)
            return obligation_pb2.GetObligationResponse(obligation=protobuf.obligation(found))

        return await self._mutations.read(work)

    async def ListObligations(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)
        contractor = optional(request.contractor_id, "contractor", "contractor_id")
        states = names(request.states, obligation_pb2.ObligationState, "OBLIGATION_STATE_")

        async def work(uow: TransactionUow) -> Message:
            asked = tenant(uow, optional(request.organisation_id, "org", "organisation_id"))
            found = await uow.reads.obligations(asked, contractor, states, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda each: each.id)
            return obligation_pb2.ListObligationsResponse(obligations=map(protobuf.obligation, given), next_page_token=token)

        return await self._mutations.read(work)

    async def ListAttempts(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        page = pages.of(request)
        obligation = optional(request.obligation_id, "obligation", "obligation_id")
        run = optional(request.run_id, "run", "run_id")
        states = names(request.states, obligation_pb2.AttemptState, "ATTEMPT_STATE_")

        async def work(uow: TransactionUow) -> Message:
            found = await uow.reads.attempts(
                tenant(uow), obligation, run, request.end_to_end_id, states, page.after, page.fetch
            )  # fmt: skip
            given, token = pages.cut(page, found, lambda each: each.id)
            return obligation_pb2.ListAttemptsResponse(attempts=map(protobuf.attempt, given), next_page_token=token)

        return await self._mutations.read(work)

    async def WhyNotPaid(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        obligation_id, invoice_id = _by(request)

        async def work(uow: TransactionUow) -> Message:
            found = await why_not_paid(uow, obligation_id, invoice_id, self._calendar)
            explanation = found.explanation
            return obligation_pb2.WhyNotPaidResponse(
                obligation=protobuf.obligation(found.obligation), paid=explanation.paid,
                blockers=map(protobuf.blocker, explanation.blockers),
                expected_on=explanation.expected_on.isoformat() if explanation.expected_on else "",
            )  # fmt: skip

        return await self._mutations.read(work)

    async def ExplainPayout(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        obligation_id, invoice_id = _by(request)

        async def work(uow: TransactionUow) -> Message:
            return _explained(await explain_payout(uow, uow.reads, obligation_id, invoice_id))

        return await self._mutations.read(work)

    async def ListAttemptTransitions(self, request: Any, context: Any) -> Message:  # type: ignore[override]
        async def work(uow: TransactionUow) -> Message:
            attempt = await uow.obligations.attempt(decode(request.id, "attempt"))
            tenancy.require(uow, attempt.organisation_id, "attempt", request.id)
            steps, token = await history.page(uow.connection, request)
            return obligation_pb2.ListAttemptTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._mutations.read(work)


def _explained(found: Explained) -> Message:
    steps = [
        obligation_pb2.ExplanationStep(
            occurred_at=protobuf.timestamp(row["occurred_at"]), message=row["message"],
            attempt_id=encode("attempt", row["attempt_id"]) if row["attempt_id"] else "",
            reference=encode(row["reference_kind"], row["reference_id"]),
        )
        for row in found.steps
    ]  # fmt: skip
    postings = [
        obligation_pb2.ExplanationPosting(
            transaction_id=encode("ledgertx", row["transaction_id"]), account=row["path"],
            amount=protobuf.money(row["amount_minor"], row["currency"]), posted_at=protobuf.timestamp(row["posted_at"]),
        )
        for row in found.postings
    ]  # fmt: skip
    return obligation_pb2.ExplainPayoutResponse(
        obligation=protobuf.obligation(found.obligation), attempts=map(protobuf.attempt, found.attempts), steps=steps,
        postings=postings,
    )  # fmt: skip
