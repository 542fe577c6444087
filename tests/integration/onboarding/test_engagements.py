"""Contracts of another service open a contractor to the client, over real Kafka."""

from __future__ import annotations

from aiokafka import AIOKafkaProducer
from chassis.events import kafka as clients
from chassis.ids import RandomIds
from integration.onboarding.office import Office, profile, refused
from kamai.contracts.v1 import contract_pb2
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from onboarding.topics import CONTRACT
from support.wait import until
from uuid_utils.compat import uuid7


async def _tell(bootstrap: str, organisation: str, contractor_id: str, *states: int) -> None:
    """What the contracts service sends while a contract moves on; the first is its second event."""
    contract = RandomIds().new("contract")
    producer: AIOKafkaProducer = clients.producer({"bootstrap_servers": bootstrap}, "contracts-of-a-test")
    await producer.start()
    try:
        for sequence, state in enumerate(states, 2):
            message = contracts.ContractStateChanged(
                contract_id=contract, organisation_id=organisation, contractor_id=contractor_id,
                to_state=contract_pb2.ContractState.Name(state),
            )  # fmt: skip
            headers = {
                "ce_specversion": "1.0", "ce_id": str(uuid7()), "ce_source": "/kamai/contracts", "ce_subject": contract,
                "ce_sequence": str(sequence), "ce_type": message.DESCRIPTOR.full_name, "ce_time": "2026-11-22T10:00:00Z",
                "content-type": "application/protobuf",
            }  # fmt: skip
            pairs = [(name, value.encode()) for name, value in headers.items()]
            await producer.send_and_wait(CONTRACT.name, message.SerializeToString(), key=contract.encode(), headers=pairs)
    finally:
        await producer.stop()


async def test_a_proposed_contract_opens_the_name(live: Office, kafka: str) -> None:
    """Once the contract is before the contractor the client sees who it is; a draft opens nothing, an unknown contractor stops
    nobody, and what comes twice has one effect."""
    client, drafting = RandomIds().new("org"), RandomIds().new("org")
    contractor_id = (await live.register(profile("Engaged Elsewhere"), organisation=RandomIds().new("org"))).id
    read = cases.GetContractorRequest(id=contractor_id)
    await _tell(kafka, drafting, contractor_id, contract_pb2.CONTRACT_STATE_AWAITING_CLIENT_SIGNATURE)
    await _tell(kafka, client, RandomIds().new("contractor"), contract_pb2.CONTRACT_STATE_ACTIVE)
    for _ in range(2):
        await _tell(kafka, client, contractor_id, contract_pb2.CONTRACT_STATE_AWAITING_CONTRACTOR_SIGNATURE)

    async def listed() -> bool:
        page = await live.call(live.contractors.ListContractors, cases.ListContractorsRequest(), "client", client)
        return [c.id for c in page.contractors] == [contractor_id]

    await until(listed)
    seen = (await live.call(live.contractors.GetContractor, read, "client", client)).contractor
    assert (seen.profile.legal_name, seen.profile.email) == ("Engaged Elsewhere", "")
    assert (await refused(live.call(live.contractors.GetContractor, read, "drafter", drafting)))[0] == "NOT_FOUND"
