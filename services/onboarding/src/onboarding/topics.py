"""The topics this service writes and reads. The messages of others come from the generated stubs, never from their code."""

from __future__ import annotations

from chassis.events.topics import Topic, TopicRegistry
from kamai.contracts.v1 import events_pb2 as contracts_events_pb2
from kamai.onboarding.v1 import events_pb2
from kamai.payouts.v1 import events_pb2 as payouts_events_pb2

CONTRACTOR = Topic(
    "kamai.onboarding.contractor.v1",
    "contractor",
    (
        events_pb2.ContractorRegistered, events_pb2.ContractorUpdated, events_pb2.ContractorStateChanged,
        events_pb2.CapabilitiesChanged, events_pb2.PayoutMethodVerified, events_pb2.PayoutMethodDisabled,
        events_pb2.ContractorScreened, events_pb2.ReviewStateChanged, events_pb2.ContractorErased,
    ),
    personal=True,
)  # fmt: skip
ERASURE = Topic("kamai.onboarding.erasure.v1", "contractor", (events_pb2.ErasureRegistered,), compacted=True)
RUN = Topic("kamai.payouts.run.v1", "run", (payouts_events_pb2.PayeeScreeningRequested,))
CONTRACT = Topic("kamai.contracts.contract.v1", "contract", (contracts_events_pb2.ContractStateChanged,))

EMITS = TopicRegistry([CONTRACTOR, ERASURE])
CONSUMES = TopicRegistry([RUN, CONTRACT])
