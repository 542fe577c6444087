"""Every handler and every schedule of the service is held against the audit trail."""

from __future__ import annotations

from chassis.ids import RandomIds
from chassis.service import Parts
from integration.contracts import test_clock, test_erasure
from integration.contracts.client_side import Kamai
from integration.contracts.test_erasure import parts  # noqa: F401
from kamai.onboarding.v1 import events_pb2 as onboarding
from kamai.payouts.v1 import events_pb2 as payouts
from kamai.payouts.v1 import obligation_pb2
from kamai.type.v1.money_pb2 import Money
from support import handling
from support.services import Served

# Each makes its schedule change something, under the watch of support.audited.
SCHEDULES = {
    "auto-acceptance": test_clock.test_silence_is_acceptance,
    "invitation-expiry": test_clock.test_an_invitation_runs_out,
    "contract-start": test_clock.test_a_scheduled_contract_begins_on_its_first_day,
    "erasure": test_erasure.test_a_restored_backup_brings_nobody_back,
    "erasure-register": test_erasure.test_a_backup_older_than_the_erasure_brings_nobody_back,
}


async def test_every_event(kamai: Kamai, parts: Parts, contracts_service: Served) -> None:  # noqa: F811
    """What an event changed, be it only a projection or a key that is destroyed, is in the trail under the event's key."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    item = await kamai.accept_milestone((await kamai.submitted_milestone(contract.id)).id)
    changed, erased = [await kamai.onboarded() for _ in range(2)]
    told = [
        onboarding.CapabilitiesChanged(contractor_id=changed),
        onboarding.ContractorErased(contractor_id=erased),
        payouts.ObligationStateChanged(
            obligation_id=RandomIds().new("obligation"), invoice_id=item.invoice_id,
            to_state=obligation_pb2.OBLIGATION_STATE_SCHEDULED, amount=Money(amount_minor=1, currency="USD"),
        ),
    ]  # fmt: skip
    await handling.every_handler_leaves_an_entry(contracts_service.assembly.platform, parts.subscriptions, told)


async def test_every_schedule(parts: Parts) -> None:  # noqa: F811
    """A new one needs a test that makes it change something."""
    assert {schedule.name for schedule in parts.schedules} == set(SCHEDULES)
