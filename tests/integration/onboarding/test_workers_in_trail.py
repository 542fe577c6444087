"""Every handler and every schedule of the service is held against the audit trail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from chassis.ids import RandomIds, raw
from chassis.service import Assembly, Parts, assembled
from integration.onboarding import test_account_of_another, test_erasure, test_events, test_screening_and_review
from integration.onboarding.conftest import quiet
from integration.onboarding.office import SAMPLE_LIST, Keys
from integration.onboarding.test_erasure import TABLES, _copy, _person, _restore, _superuser
from kamai.contracts.v1 import contract_pb2
from kamai.contracts.v1 import events_pb2 as contracts
from kamai.payouts.v1 import events_pb2 as payouts
from onboarding.config import OnboardingSettings
from onboarding.main import definition
from support import handling
from support.databases import Templates, TestDatabase
from support.services import environment
from support.tokens import TokenMaker

# Each makes its schedule change something, under the watch of support.audited.
SCHEDULES = {
    "screen-submitted": test_screening_and_review.test_hit_has_to_be_decided_and_needs_two_people,
    "suspect-shared": test_account_of_another.test_who_came_first_is_looked_at_again_before_the_cooling_off_ends,
    "hold-suspected": test_account_of_another.test_it_waits_once_it_would_be_paid_to,
    "rescreen-everybody": test_screening_and_review.test_new_list_holds_people_approved_long_ago,
    "erase-again": test_erasure.test_rows_of_a_backup_stay_closed_and_are_swept,
    "erasure-register": test_events.test_a_lost_register_is_made_whole,
    "erasure-proofs": test_erasure.test_the_proof_can_be_verified_by_anybody,
}
IDS = RandomIds()
Made = tuple[Assembly[OnboardingSettings], Parts]


@pytest.fixture
async def made(database: TestDatabase, tokens: TokenMaker, keys: Keys) -> AsyncIterator[Made]:
    """The workers' parts of the service."""
    settings = OnboardingSettings(**environment(database, tokens.jwks, **keys.settings))
    async with assembled(definition(), settings, "serve") as assembly:
        parts = await definition().build(assembly.platform)
        yield assembly, parts
        for closer in parts.closers:
            await closer()


async def test_every_event(made: Made) -> None:
    """Also one that is of nobody who is known here."""
    assembly, parts = made
    told = [
        contracts.ContractStateChanged(
            contract_id=IDS.new("contract"), organisation_id=IDS.new("org"), contractor_id=IDS.new("contractor"),
            to_state=contract_pb2.CONTRACT_STATE_ACTIVE,
        ),
        payouts.PayeeScreeningRequested(run_id=IDS.new("run"), contractor_ids=[IDS.new("contractor")]),
    ]  # fmt: skip
    await handling.every_handler_leaves_an_entry(assembly.platform, parts.subscriptions, told)


async def test_every_schedule(made: Made) -> None:
    """A new one needs a test that makes it change something."""
    assert {schedule.name for schedule in made[1].schedules} == set(SCHEDULES)


async def test_whoever_is_erased_again_is_named(templates: Templates, tokens: TokenMaker, keys: Keys) -> None:
    """Of a case that came back with a backup and is closed again; a run that finds nobody leaves nothing."""
    async with templates.database("onboarding", "onboarding.migrations") as database, quiet(database, tokens, keys) as office:
        await office.import_list(SAMPLE_LIST)
        contractor_id = await _person(office, database)
        backup = await _copy(database, TABLES)
        await office.erase(contractor_id)
        await office.beat()
        await _restore(database, backup)
        async with _superuser(database) as connection:
            await connection.execute("UPDATE contractor SET state = 'APPROVED' WHERE id = $1", raw(contractor_id))
            last = await connection.fetchval("SELECT max(id) FROM audit_entry")
            for _ in range(2):
                await office.beat()
            found = await connection.fetch("SELECT actor, subjects FROM audit_entry WHERE id > $1", last)
            assert [tuple(row.values()) for row in found] == [("system:erase-again", [contractor_id])]
