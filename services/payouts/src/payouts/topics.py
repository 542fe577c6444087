"""What payouts publishes and what it reads. Partner banks' topics depend on settings: see `bank_topic`."""

from chassis.events.topics import Topic, TopicRegistry
from kamai.banking.v1 import events_pb2 as banking
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.onboarding.v1 import events_pb2 as onboarding
from kamai.payouts.v1 import events_pb2 as payouts

ERASURES = "kamai.onboarding.erasure.v1"
EMITS = TopicRegistry(
    [
        Topic("kamai.payouts.obligation.v1", "obligation", (payouts.ObligationStateChanged, payouts.AttemptStateChanged)),
        Topic(
            "kamai.payouts.run.v1", "run", (payouts.RunStateChanged, payouts.PayeeScreeningRequested, payouts.RunApprovalGiven)
        ),
        Topic("kamai.payouts.funding-account.v1", "funding", (payouts.FundingBalanceChanged,)),
        Topic("kamai.banking.account.v1", "account", (banking.FreelancerAccountStateChanged, banking.CreditStateChanged)),
    ]
)
CONSUMES = TopicRegistry(
    [
        Topic("kamai.contracts.invoice.v1", "invoice", (contracts.PayableRaised,)),
        Topic(
            "kamai.onboarding.contractor.v1", "contractor",
            (
                onboarding.ContractorRegistered, onboarding.ContractorStateChanged, onboarding.CapabilitiesChanged,
                onboarding.PayoutMethodVerified, onboarding.PayoutMethodDisabled, onboarding.ContractorScreened,
                onboarding.ContractorErased,
            ),
            personal=True,
        ),
        Topic(ERASURES, "contractor", (onboarding.ErasureRegistered,), compacted=True),
    ]
)  # fmt: skip


def bank_topic(bank: str) -> str:
    """The topic on which one partner bank reads about its own accounts."""
    return f"kamai.bank.{bank}.accounts.v1"
