"""With everything running by itself: events in and out over real Kafka, and a partner bank that can prove whom it hears."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema  # type: ignore[import-untyped]
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from chassis.events import envelope
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from devstack import infra
from integration.payouts.stage import PARTNER, Keys, MockBank, Stage, request_id, settings_of
from kamai.banking.v1 import freelancer_account_pb2 as accounts_pb2
from kamai.onboarding.v1 import events_pb2, screening_pb2
from kamai.payouts.v1 import events_pb2 as payouts_events
from payouts.config import PayoutsSettings
from payouts.main import definition
from support.databases import Templates
from support.services import serving
from support.tokens import TokenMaker
from support.wait import until

SCHEMA = Path(__file__).parents[3] / "docs" / "bank-events.schema.json"


class OverKafka(Stage):
    """Hands events of other services over through Kafka."""

    producer: AIOKafkaProducer
    sequences: dict[str, int]

    async def handle(self, message: Any) -> None:
        topic = next(t for t in definition().consumes.topics if type(message) in t.messages)
        key = message.invoice_id if topic.aggregate == "invoice" else message.contractor_id
        self.sequences[key] = self.sequences.get(key, 0) + 1
        row = {
            "event_id": uuid4(), "type": message.DESCRIPTOR.full_name, "key": key.encode(), "created_at": datetime.now(UTC),
            "aggregate_version": self.sequences[key], "headers": {},
        }  # fmt: skip
        await self.producer.send_and_wait(
            topic.name, message.SerializeToString(), key=key.encode(), headers=envelope.headers(b"/test", row)
        )


@asynccontextmanager
async def _running(templates: Templates, tokens: TokenMaker, directory: Path, kafka: str) -> AsyncIterator[OverKafka]:
    bank = infra.start_bank(directory / "bank")
    try:
        control = MockBank(bank.url)
        control.call("POST", "/_mock/accounts", {"id": "INDUS", "name": "Indus Bank", "iban": PARTNER, "currency": "EUR"})
        keys = Keys.make(directory)
        async with templates.database("payouts", "payouts.migrations") as database:
            settings = PayoutsSettings(**settings_of(database, tokens.jwks, keys, bank.url, kafka))
            async with serving(definition(), settings, "all") as served, AIOKafkaProducer(bootstrap_servers=kafka) as producer:
                stage = OverKafka(served, None, control, keys, tokens, database)  # type: ignore[arg-type]
                stage.producer, stage.sequences = producer, {}
                yield stage
    finally:
        bank.stop()


@asynccontextmanager
async def _reading(kafka: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None) as consumer:
        yield consumer


async def _screen(stage: OverKafka, consumer: AIOKafkaConsumer, run_id: str) -> None:
    """Onboarding's part: answers the request of this run."""
    async for record in consumer:
        if dict(record.headers)["ce_type"] == b"kamai.payouts.v1.PayeeScreeningRequested":
            asked = payouts_events.PayeeScreeningRequested.FromString(record.value)
            if asked.run_id == run_id:
                for contractor in asked.contractor_ids:
                    answer = events_pb2.ContractorScreened(
                        contractor_id=contractor, result=screening_pb2.SCREENING_RESULT_NO_HIT, requested_by=run_id
                    )
                    answer.screened_at.GetCurrentTime()
                    await stage.handle(answer)
                return


def _verified(record: Any, key: Ed25519PrivateKey) -> dict[str, Any]:
    """The JSON of a bank event, after its detached signature and its schema were checked."""
    headers = dict(record.headers)
    assert headers["content-type"] == b"application/json"
    head, _, signature = headers["kamai-signature"].decode().split(".")
    payload = base64.urlsafe_b64encode(record.value).rstrip(b"=").decode()
    key.public_key().verify(base64.urlsafe_b64decode(signature + "=="), f"{head}.{payload}".encode())
    found: dict[str, Any] = json.loads(record.value)
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    return found


async def test_whole_path_over_kafka(templates: Templates, tokens: TokenMaker, tmp_path: Path, kafka: str) -> None:
    """Contractor and invoice come as events, the run goes through by itself, the partner bank reads gap-free, signed events."""
    async with _running(templates, tokens, tmp_path, kafka) as stage, _reading(kafka, "kamai.payouts.run.v1") as runs:
        await stage.fund()
        contractor = await stage.payee(PARTNER, partner_bank="indus", usable_in=timedelta(0))
        invoice = await stage.owe(contractor, 321_00)

        async def applied() -> Any:
            request = accounts_pb2.ApplyForAccountRequest(
                request_id=request_id(), contractor_id=contractor, bank="indus", currency="EUR"
            )
            try:
                return (await stage.accounts.ApplyForAccount(request, metadata=stage.staff())).account
            except Exception:
                return None

        account = await until(applied, 30)
        decision = accounts_pb2.DecideApplicationRequest(
            request_id=request_id(), id=account.id, decision=accounts_pb2.APPLICATION_DECISION_OPEN, reason="in order"
        )
        await stage.accounts.DecideApplication(decision, metadata=stage.tokens.metadata("clerk", bank="indus"))

        async def planned() -> Any:
            try:
                return await stage.plan()
            except Exception:
                return None

        run = await until(planned, 30)
        await stage.submit(run)
        await stage.approve(run)
        await stage.execute(run)
        await asyncio.wait_for(_screen(stage, runs, run.id), 20)

        async def in_state(wanted: str) -> bool:
            return await stage.state(invoice) == wanted

        await until(lambda: in_state("ACCEPTED"), 20)
        stage.bank.advance_to(run.value_date)
        await until(lambda: in_state("CREDITED"), 20)
        stage.bank.report_credit((await stage.latest(invoice)).end_to_end_id, 321_00)
        key = load_pem_private_key(stage.keys.bank_event.read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        events: list[dict[str, Any]] = []
        async with _reading(kafka, "kamai.bank.indus.accounts.v1") as consumer:
            while not events or events[-1]["to_state"] != "CREDITED":
                record = await asyncio.wait_for(consumer.getone(), 20)
                if record.key.decode() == account.id:
                    events.append(_verified(record, key))
        assert [each["sequence"] for each in events] == list(range(1, len(events) + 1))
        assert [each["to_state"] for each in events] == [
            "APPLIED", "UNDER_REVIEW", "OPENED_DEBIT_BLOCKED", "ADVICE_RECEIVED", "PROCESSING", "CREDITED",
        ]  # fmt: skip
        assert events[-1]["credited"] == {"amount_minor": 321_00, "currency": "EUR"}
