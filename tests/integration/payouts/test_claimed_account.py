"""One account at a bank that two organisations name as theirs."""

from __future__ import annotations

import grpc
import pytest
from chassis.ids import raw
from integration.payouts.stage import ELSEWHERE, IDS, Stage
from support.statuses import refused


async def test_a_second_claim_is_told_to_the_platform_alone(stage: Stage) -> None:
    """Either organisation registers it as if the other were not there, and sees no exception; the platform's people see
    both names."""
    first = stage.organisation
    await stage.fund(0, ELSEWHERE)
    stage.organisation = second = IDS.new("org")
    await stage.fund(0, ELSEWHERE)
    assert await stage.exceptions() == ["FUNDING_ACCOUNT_CLAIMED"]
    [told] = await stage.sql("SELECT message FROM reconciliation_exception")
    assert first in told["message"]
    assert second in told["message"]
    for organisation in (first, second):
        seen = await stage.seen_by(f"organisation:{raw(organisation)}", "SELECT count(*) FROM reconciliation_exception")
        assert seen[0][0] == 0


async def test_the_same_organisation_registers_an_account_once(stage: Stage) -> None:
    """ALREADY_EXISTS is about its own account, and tells nobody of anything."""
    await stage.fund(0, ELSEWHERE)
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await stage.fund(0, ELSEWHERE)
    assert refusal.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert await stage.exceptions() == []


async def test_money_comes_in_for_one_of_them(stage: Stage) -> None:
    """A claim alone keeps nobody out; once the platform has recorded money for one, it records none for another."""
    mine = await stage.fund(0, ELSEWHERE)
    stage.organisation = IDS.new("org")
    theirs = await stage.fund(0, ELSEWHERE)
    stage.funding = mine
    await stage.deposit(10_00)
    await stage.deposit(10_00)
    stage.funding = theirs
    refusal = await refused(stage.deposit(10_00))
    assert refusal.code is grpc.StatusCode.FAILED_PRECONDITION
    assert "FUNDING_ACCOUNT_CLAIMED" in str(refusal.preconditions)


@pytest.mark.parametrize("account", ["GB00BAD", "NL00MOCK0123456789", "DE8937040044"])
async def test_an_account_that_cannot_be(stage: Stage, account: str) -> None:
    """What begins as an IBAN is one, whole and with its check digits; the field is named."""
    refusal = await refused(stage.fund(0, account))
    assert (refusal.code, list(refusal.violations)) == (grpc.StatusCode.INVALID_ARGUMENT, ["account"])
