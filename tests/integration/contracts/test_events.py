"""The service with its workers on real Kafka: what onboarding and payouts say, and what it says itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis import ids
from chassis.clock import ManualClock, SystemClock
from chassis.db.pool import create_pool
from chassis.events import envelope
from contracts.main import definition
from contracts.settings import ContractsSettings
from google.protobuf.message import Message
from integration.contracts.client_side import Kamai, refused, usd
from kamai.contracts.v1 import events_pb2, invoice_pb2, work_pb2
from kamai.onboarding.v1 import contractor_pb2
from kamai.onboarding.v1 import events_pb2 as onboarding
from kamai.payouts.v1 import events_pb2 as payouts
from kamai.payouts.v1 import obligation_pb2
from support.databases import Templates
from support.services import environment, serving
from support.tokens import TokenMaker
from support.wait import until

CONTRACTOR_TOPIC, OBLIGATION_TOPIC = "kamai.onboarding.contractor.v1", "kamai.payouts.obligation.v1"


class Others:
    """Writes what the other services would, as their relays do."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._sequence: dict[str, int] = {}

    async def say(self, topic: str, key: str, message: Message, times: int = 1) -> None:
        self._sequence[key] = self._sequence.get(key, 0) + 1
        row = {
            "event_id": uuid4(), "type": message.DESCRIPTOR.full_name, "key": key.encode(), "headers": {},
            "created_at": SystemClock().now(), "aggregate_version": self._sequence[key],
        }  # fmt: skip
        headers = envelope.headers(b"/kamai/test", row)
        for _ in range(times):
            await self._producer.send_and_wait(topic, message.SerializeToString(), key=key.encode(), headers=headers)

    async def capabilities(self, contractor_id: str, state: Any) -> None:
        statuses = [
            contractor_pb2.CapabilityStatus(capability=c, state=state, reason_code="SCREENING_HIT")
            for c in (contractor_pb2.CAPABILITY_SIGN_CONTRACT, contractor_pb2.CAPABILITY_SUBMIT_WORK)
        ]
        message = onboarding.CapabilitiesChanged(contractor_id=contractor_id, capabilities=statuses)
        await self.say(CONTRACTOR_TOPIC, contractor_id, message)

    async def obligation(self, key: str, invoice: Any, state: Any, credited_minor: int = 0) -> None:
        """Every event twice: Kafka may repeat."""
        message = payouts.ObligationStateChanged(
            obligation_id=key,
            invoice_id=invoice.id,
            to_state=state,
            amount=invoice.total,
            credited=usd(credited_minor),
        )
        await self.say(OBLIGATION_TOPIC, key, message, times=2)


@pytest.fixture(scope="module")
async def whole(templates: Templates, tokens: TokenMaker, kafka: str) -> AsyncIterator[tuple[Kamai, Others]]:
    """The service in mode `all` with the system's clock, and the others' voice."""
    async with templates.database("contracts", "contracts.migrations") as database:
        settings = ContractsSettings(**environment(database, tokens.jwks, kafka))
        async with serving(definition(), settings, "all") as served:
            producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
            await producer.start()
            pool = await create_pool(database.platform_url, "test", 4)
            clock = ManualClock(SystemClock().now())
            yield Kamai(served.channel, tokens, clock, pool), Others(producer)
            await pool.close()
            await producer.stop()


async def test_payable_out_and_payment_in(whole: tuple[Kamai, Others], kafka: str) -> None:
    """The whole way: capability, signature, acceptance, PayableRaised on Kafka; then short, paid, returned and paid again."""
    kamai, others = whole
    organisation_id = await kamai.organisation()
    order_id = await kamai.order(organisation_id, 100_00)
    contractor_id = kamai.ids.new("contractor")
    contract = await kamai.proposed(organisation_id, order_id, contractor_id, kamai.terms(fixed=kamai.fixed(60_00)))
    contract = await kamai.sign(contract)
    await others.capabilities(contractor_id, contractor_pb2.CAPABILITY_STATE_PENDING)
    assert (await refused(kamai.sign(contract, by_contractor=True))).preconditions == ["CAPABILITY_MISSING"]
    await others.capabilities(contractor_id, contractor_pb2.CAPABILITY_STATE_ACTIVE)

    async def known() -> bool:
        # other tests write to the same broker: only this contractor counts
        query = "SELECT count(*) FROM contractor_capability WHERE state = 'ACTIVE' AND contractor_id = $1"
        return bool(await kamai.pool.fetchval(query, ids.raw(contractor_id)))

    await until(known)
    await kamai.sign(contract, by_contractor=True)
    item = await kamai.accept_milestone((await kamai.submitted_milestone(contract.id)).id)
    invoice = await kamai.invoice(item.invoice_id)
    payable = await _payable_of(kafka, invoice.id)
    assert (payable.invoice_id, payable.amount, payable.invoice_number) == (invoice.id, usd(60_00), invoice.number)

    key = kamai.ids.new("obligation")
    o = obligation_pb2
    story: list[Any] = [
        (o.OBLIGATION_STATE_OPEN, 0, invoice_pb2.INVOICE_STATE_APPROVED, work_pb2.WORK_STATE_ACCEPTED, []),
        (o.OBLIGATION_STATE_SCHEDULED, 0, invoice_pb2.INVOICE_STATE_SCHEDULED, work_pb2.WORK_STATE_INVOICED, []),
        (
            o.OBLIGATION_STATE_SHORT_PAID,
            59_00,
            invoice_pb2.INVOICE_STATE_SCHEDULED,
            work_pb2.WORK_STATE_INVOICED,
            ["SHORT_CREDIT"],
        ),
        (o.OBLIGATION_STATE_PAID, 60_00, invoice_pb2.INVOICE_STATE_PAID, work_pb2.WORK_STATE_PAID, []),
        (o.OBLIGATION_STATE_OPEN, 0, invoice_pb2.INVOICE_STATE_APPROVED, work_pb2.WORK_STATE_INVOICED, []),
        (o.OBLIGATION_STATE_PAID, 60_00, invoice_pb2.INVOICE_STATE_PAID, work_pb2.WORK_STATE_PAID, []),
    ]
    for obligation_state, credited, invoice_state, work_state, holds in story:
        await others.obligation(key, invoice, obligation_state, credited)

        async def followed(expected: Any = (invoice_state, credited, holds, work_state)) -> bool:
            now = await kamai.invoice(invoice.id)
            work = (await kamai.items(contract.id))[0]
            found: tuple[Any, ...] = (now.state, now.paid.amount_minor, [h.code for h in now.holds], work.state)
            return bool(found == expected)

        await until(followed)
    request = invoice_pb2.ListInvoiceTransitionsRequest(id=invoice.id)
    steps = (await kamai.invoices.ListInvoiceTransitions(request, **kamai.as_())).transitions
    assert [step.to_state for step in steps] == [
        "ISSUED", "MATCHED", "APPROVED", "SCHEDULED", "SCHEDULED", "PAID", "RETURNED", "APPROVED", "SCHEDULED", "PAID",
    ]  # fmt: skip


async def _payable_of(kafka: str, invoice_id: str) -> events_pb2.PayableRaised:
    consumer = AIOKafkaConsumer(
        "kamai.contracts.invoice.v1", bootstrap_servers=kafka, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        async for record in consumer:
            head = envelope.parse(record.headers)
            if head.subject == invoice_id and head.type == "kamai.contracts.v1.PayableRaised":
                assert head.sequence == 4  # issued, matched, approved, payable
                return events_pb2.PayableRaised.FromString(record.value)
    finally:
        await consumer.stop()
    raise AssertionError("unreachable")
