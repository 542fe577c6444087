"""Every handler and every schedule of the service is held against the audit trail."""

from __future__ import annotations

from google.protobuf.message import Message
from integration.payouts import test_audit, test_erasure, test_expiry, test_unknown
from integration.payouts.stage import IDS, Stage
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.onboarding.v1 import contractor_pb2, screening_pb2
from kamai.onboarding.v1 import events_pb2 as onboarding
from kamai.type.v1.money_pb2 import Money
from support import handling

# Each makes its schedule change something, under the watch of support.audited.
SCHEDULES = {
    "runs": test_audit.test_what_workers_do_is_in_the_trail,
    "files": test_audit.test_what_workers_do_is_in_the_trail,
    "mailbox": test_audit.test_what_workers_do_is_in_the_trail,
    "silence": test_unknown.test_silence_becomes_unknown_and_inquiry_resolves_it,
    "inquiries": test_unknown.test_silence_becomes_unknown_and_inquiry_resolves_it,
    "expiry": test_expiry.test_no_file_claims_a_line_that_was_just_held,
    "erasure": test_erasure.test_a_restored_backup_brings_nobody_back,
    "erasure-register": test_erasure.test_a_backup_older_than_the_erasure_brings_nobody_back,
}


def _of_person(kind: type[Message], **more: object) -> Message:
    return kind(contractor_id=IDS.new("contractor"), **more)


async def test_every_event(stage: Stage) -> None:
    """What an event changed, be it only bank details that were replaced, is in the trail under the event's key."""
    verified = _of_person(onboarding.PayoutMethodVerified, payout_method_id=IDS.new("method"))
    told = [
        contracts.PayableRaised(
            invoice_id=IDS.new("invoice"), organisation_id=stage.organisation, contractor_id=IDS.new("contractor"),
            contract_id=IDS.new("contract"), amount=Money(amount_minor=1, currency="EUR"),
        ),
        _of_person(onboarding.ContractorRegistered, country="NL"),
        _of_person(onboarding.ContractorStateChanged, to_state=contractor_pb2.CASE_STATE_SUSPENDED),
        _of_person(onboarding.CapabilitiesChanged),
        verified,
        _of_person(onboarding.PayoutMethodDisabled, payout_method_id=IDS.new("method")),
        _of_person(onboarding.ContractorScreened, result=screening_pb2.SCREENING_RESULT_NO_HIT),
        _of_person(onboarding.ContractorErased),
    ]  # fmt: skip
    await handling.every_handler_leaves_an_entry(stage.served.assembly.platform, stage.parts.subscriptions, told)


async def test_every_schedule(stage: Stage) -> None:
    """A new one needs a test that makes it change something."""
    assert {schedule.name for schedule in stage.parts.schedules} == set(SCHEDULES)
