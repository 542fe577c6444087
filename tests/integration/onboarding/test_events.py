"""The whole service with Kafka: what it emits, and what it does when a payout run asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from chassis.events import kafka as clients
from chassis.events.topic_creation import configs, create_topics
from chassis.events.whole_topic import read_whole
from chassis.ids import RandomIds
from google.protobuf.message import Message
from integration.onboarding.office import IBAN_GB, LISTED, Keys, Office, new_cnic, new_iban, profile
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import events_pb2, screening_pb2
from kamai.payouts.v1 import events_pb2 as payouts
from onboarding.config import OnboardingSettings
from onboarding.main import definition, erasure_upkeep
from onboarding.topics import CONTRACTOR, EMITS, ERASURE, RUN
from support.databases import Templates
from support.services import environment, serving
from support.tokens import TokenMaker
from support.wait import until
from uuid_utils.compat import uuid7

Told = tuple[str, int, object]


@asynccontextmanager
async def _listening(bootstrap: str) -> AsyncIterator[dict[str, list[Told]]]:
    """Everything on the topic so far and from now on: (type, sequence, message) by contractor."""
    consumer: AIOKafkaConsumer = clients.consumer(
        {"bootstrap_servers": bootstrap}, "listener", f"listener-{uuid7()}", [CONTRACTOR.name]
    )
    await consumer.start()
    heard: dict[str, list[Told]] = {}

    async def listen() -> None:
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            message = EMITS.decode(headers["ce_type"], record.value)
            heard.setdefault(record.key.decode(), []).append(
                (headers["ce_type"].rpartition(".")[2], int(headers["ce_sequence"]), message)
            )

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()


async def _ask(bootstrap: str, run_id: str, contractor_ids: list[str]) -> None:
    """What the payouts service sends when a run is executed."""
    message = payouts.PayeeScreeningRequested(run_id=run_id, contractor_ids=contractor_ids)
    headers = {
        "ce_specversion": "1.0", "ce_id": str(uuid7()), "ce_source": "/kamai/payouts", "ce_subject": run_id, "ce_sequence": "1",
        "ce_type": message.DESCRIPTOR.full_name, "ce_time": "2026-11-22T10:00:00Z", "content-type": "application/protobuf",
    }  # fmt: skip
    producer: AIOKafkaProducer = clients.producer({"bootstrap_servers": bootstrap}, "payouts-of-a-test")
    await producer.start()
    try:
        pairs = [(name, value.encode()) for name, value in headers.items()]
        await producer.send_and_wait(RUN.name, message.SerializeToString(), key=run_id.encode(), headers=pairs)
    finally:
        await producer.stop()


async def _approved(office: Office, given: pb.ContractorProfile | None = None, iban: str = "") -> str:
    registered = await office.register(given)
    await office.add_method(registered.id, fields={"iban": iban or new_iban()})
    await office.submit(registered.id)

    async def reviewed() -> bool:
        return (await office.get(registered.id)).state == pb.CASE_STATE_IN_REVIEW

    await until(reviewed)
    review = await office.review_of(registered.id)
    for candidate in review.screening.candidates:
        await office.decide(registered.id, candidate.entry_id, screening_pb2.HIT_DECISION_FALSE_POSITIVE)
    await office.approve(review.id, "officer-1")
    if review.risk_reasons:
        await office.approve(review.id, "officer-2")
    return registered.id


async def test_events_of_the_way_to_payable(live: Office, kafka: str, keys: Keys) -> None:
    """Sequences have no gap over all types; bank details are sealed for the payouts service; nothing personal is in clear."""
    cnic = new_cnic()
    numbers = [pb.IdentityNumber(kind="CNIC", country="PK", value=cnic)]
    contractor_id = await _approved(live, profile(identity_numbers=numbers), IBAN_GB)
    version = int((await live.get(contractor_id)).etag)
    async with _listening(kafka) as heard:

        async def complete() -> bool:
            return len(heard.get(contractor_id, [])) >= version

        await until(complete)
    told = heard[contractor_id]
    assert [sequence for _, sequence, _ in told] == list(range(1, version + 1))
    kinds = [kind for kind, _, _ in told]
    assert kinds[:3] == ["ContractorRegistered", "ContractorStateChanged", "CapabilitiesChanged"]
    assert {"PayoutMethodVerified", "ContractorScreened", "ReviewStateChanged"} <= set(kinds)
    method = next(message for kind, _, message in told if kind == "PayoutMethodVerified")
    assert isinstance(method, events_pb2.PayoutMethodVerified)
    info = f"kamai.payment-instruction.v1|{contractor_id}|{method.payout_method_id}"
    instruction = events_pb2.PaymentInstruction.FromString(keys.opener.open(method.sealed_instruction, info))
    assert (instruction.iban, instruction.holder_name) == (IBAN_GB, "Ayesha Noor Siddiqui")
    clear = "".join(str(message) for _, _, message in told)
    for personal in ("Siddiqui", IBAN_GB, "someone@example.com", "1991-04-12", cnic):
        assert personal not in clear


async def test_run_asks_for_its_payees(live: Office, kafka: str) -> None:
    """Every payee of a run is answered for with the run's id; a false positive of before counts; an unknown one gets none."""
    clear, decided = await _approved(live), await _approved(live, profile(LISTED, birth_date="1999-01-01"))
    run_id, unknown = RandomIds().new("run"), RandomIds().new("contractor")
    async with _listening(kafka) as heard:
        await _ask(kafka, run_id, [clear, decided, unknown])

        def answers() -> dict[str, int]:
            return {
                key: message.result
                for key, told in heard.items()
                for _, _, message in told
                if isinstance(message, events_pb2.ContractorScreened) and message.requested_by == run_id
            }

        async def both() -> bool:
            return len(answers()) >= 2

        await until(both)
    no_hit = screening_pb2.SCREENING_RESULT_NO_HIT
    assert answers() == {clear: no_hit, decided: no_hit}


async def test_thousand_payees(live: Office, kafka: str) -> None:
    """A full chunk of 1,000 payees is screened well within the 30 s a transaction may take."""
    made = []
    for start in range(0, 1000, 100):
        people = (live.register(profile(f"Payee Number {n} Sample")) for n in range(start, start + 100))
        made += [contractor.id for contractor in await asyncio.gather(*people)]
    run_id = RandomIds().new("run")
    async with _listening(kafka) as heard:
        started = time.monotonic()
        await _ask(kafka, run_id, made)

        async def all_answered() -> bool:
            asked = [m for told in heard.values() for _, _, m in told if getattr(m, "requested_by", "") == run_id]
            return len(asked) == len(made)

        await until(all_answered)
    assert time.monotonic() - started < 10


async def test_an_erasure_is_told(live: Office, kafka: str) -> None:
    """The last event of the contractor names it and nothing else, in sequence; an engagement that comes later opens nothing."""
    contractor_id = (await live.register()).id
    await live.close(contractor_id)
    erased = (await live.erase(contractor_id)).contractor
    async with _listening(kafka) as heard:

        async def told() -> bool:
            return len(heard.get(contractor_id, [])) >= int(erased.etag)

        await until(told)
    kind, sequence, message = heard[contractor_id][-1]
    assert (kind, sequence) == ("ContractorErased", int(erased.etag))
    assert message == events_pb2.ContractorErased(contractor_id=contractor_id)


async def _registered(bootstrap: str) -> list[Message]:
    """What the register in Kafka holds."""
    found: list[Message] = []

    async def take_in(messages: Sequence[Message]) -> None:
        found.extend(messages)

    await read_whole({"bootstrap_servers": bootstrap}, EMITS, ERASURE.name, take_in)
    return found


async def _lose_register(bootstrap: str) -> None:
    """Deletes the topic; it is there again, empty, as after the next start of a service."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([ERASURE.name])

        async def gone() -> bool:
            return ERASURE.name not in await admin.list_topics()

        await until(gone)
    finally:
        await admin.close()
    options = {"bootstrap_servers": bootstrap}
    await create_topics(options, [ERASURE.name], 3, 1, configs([ERASURE], 30))


async def test_a_lost_register_is_made_whole(templates: Templates, kafka: str, tokens: TokenMaker, keys: Keys) -> None:
    """The workers tell again, in several pages, whom the topic does not name; where nobody is missing they tell nothing."""
    async with templates.database("onboarding", "onboarding.migrations") as database:
        settings = OnboardingSettings(**environment(database, tokens.jwks, kafka, **keys.settings))
        async with serving(definition(), settings, "all") as served:
            office, erased = Office(served.channel, tokens), set()
            for _ in range(3):
                contractor_id = (await office.register()).id
                await office.close(contractor_id)
                erased.add((await office.erase(contractor_id)).contractor.id)

            async def registered() -> bool:
                return erased <= {str(each.contractor_id) for each in await _registered(kafka)}  # type: ignore[attr-defined]

            await until(registered)
            upkeep = replace(erasure_upkeep(served.assembly.platform), at_once=2)
            await upkeep.complete_register()
            assert not await served.assembly.platform.database.run(
                lambda connection: connection.fetch("SELECT FROM outbox WHERE topic = $1", ERASURE.name)
            )
            await _lose_register(kafka)
            assert not await registered()
            await upkeep.complete_register()
            await until(registered)


async def test_the_register_of_the_erased_lies_in_kafka(live: Office, kafka: str) -> None:
    """Whoever reads it whole finds each of them, with nothing else; several times, as other services do."""
    contractors = [(await live.register()).id for _ in range(2)]
    for contractor_id in contractors:
        await live.close(contractor_id)
    erased = {each: (await live.erase(each)).contractor.erase_time for each in contractors}

    async def told() -> bool:
        found = await _registered(kafka)
        wanted = [events_pb2.ErasureRegistered(contractor_id=each, erase_time=at) for each, at in erased.items()]
        return all(each in found for each in wanted)

    await until(told)
    await until(told)
