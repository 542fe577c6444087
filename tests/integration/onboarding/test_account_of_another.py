"""An account that another open case has, given by somebody approved: what the caller learns, and when it is paid to."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from chassis.ids import raw
from integration.onboarding.office import Office, new_iban, profile, refused, request_id
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import review_pb2 as reviews
from support.databases import TestDatabase

VERIFIED, PENDING = methods.PAYOUT_METHOD_STATE_VERIFIED, methods.PAYOUT_METHOD_STATE_PENDING
ORG = "org_01h455vb4pex5vsknk084sn02q"


def _add(contractor_id: str, iban: str) -> methods.AddPayoutMethodRequest:
    return methods.AddPayoutMethodRequest(
        request_id=request_id(), contractor_id=contractor_id, country="GB", currency="EUR", fields={"iban": iban}
    )


async def _given(office: Office, iban: str) -> tuple[str, methods.PayoutMethod]:
    """By an approved contractor itself."""
    contractor_id = await office.approved()
    added = (
        await office.call(office.methods.AddPayoutMethod, _add(contractor_id, iban), contractor_id=contractor_id)
    ).payout_method
    return contractor_id, added


async def _seen(office: Office, contractor_id: str) -> Any:
    """All that the contractor is shown of its accounts and its case, without ids, digits and moments."""
    as_self = {"contractor_id": contractor_id}
    asked = methods.ListPayoutMethodsRequest(contractor_id=contractor_id)
    listed = (await office.call(office.methods.ListPayoutMethods, asked, **as_self)).payout_methods
    case = (
        await office.call(office.contractors.GetContractor, cases.GetContractorRequest(id=contractor_id), **as_self)
    ).contractor
    steps = cases.ListContractorTransitionsRequest(id=contractor_id)
    taken = (await office.call(office.contractors.ListContractorTransitions, steps, **as_self)).transitions
    return (
        [(each.state, each.HasField("usable_from"), each.usable_from.seconds - each.create_time.seconds) for each in listed],
        (case.state, case.etag, [(each.state, each.reason_code) for each in case.capabilities]),
        [(each.from_state, each.to_state) for each in taken],
    )


async def _now(office: Office, contractor_id: str) -> methods.PayoutMethod:
    """The newest."""
    asked = methods.ListPayoutMethodsRequest(contractor_id=contractor_id)
    listed = (await office.call(office.methods.ListPayoutMethods, asked)).payout_methods
    return max(listed, key=lambda each: each.version)


@pytest.fixture
async def suspected(office: Office) -> tuple[str, methods.PayoutMethod]:
    iban = new_iban()
    await office.in_review(iban=iban)
    return await _given(office, iban)


async def _cooled_off(database: TestDatabase, method_id: str) -> None:
    connection = await asyncpg.connect(database.platform_url)
    await connection.execute("UPDATE payout_method SET usable_from = now() + interval '5 minutes' WHERE id = $1", raw(method_id))
    await connection.close()


async def test_the_answer_tells_nothing_of_others(office: Office, suspected: tuple[str, methods.PayoutMethod]) -> None:
    """An account that nobody has and one that somebody has: the same state, the same moments, the same case."""
    contractor_id, added = suspected
    other_id, unknown = await _given(office, new_iban())
    assert (added.state, added.version) == (unknown.state, unknown.version) == (VERIFIED, 2)
    assert await _seen(office, contractor_id) == await _seen(office, other_id)
    await office.beat()
    assert await _seen(office, contractor_id) == await _seen(office, other_id)


async def test_it_waits_once_it_would_be_paid_to(
    office: Office, database: TestDatabase, suspected: tuple[str, methods.PayoutMethod]
) -> None:
    """Cooling off ends before the review: PENDING, and the payouts service is told; two people bring it back."""
    contractor_id, added = suspected
    await _cooled_off(database, added.id)
    await office.beat()
    assert (await _now(office, contractor_id)).state == PENDING
    review = await office.review_of(contractor_id)
    await office.approve(review.id, "officer-1")
    await office.approve(review.id, "officer-2")
    assert (await _now(office, contractor_id)).state == VERIFIED
    await office.beat()
    assert (await _now(office, contractor_id)).state == VERIFIED


async def test_approved_in_time_nothing_happens(
    office: Office, database: TestDatabase, suspected: tuple[str, methods.PayoutMethod]
) -> None:
    """It goes on cooling off, and is used."""
    contractor_id, added = suspected
    review = await office.review_of(contractor_id)
    await office.approve(review.id, "officer-1")
    await office.approve(review.id, "officer-2")
    await _cooled_off(database, added.id)
    await office.beat()
    assert (await _now(office, contractor_id)).state == VERIFIED


async def test_rejected_it_is_out_of_use(office: Office, suspected: tuple[str, methods.PayoutMethod]) -> None:
    """The account alone; the contractor is not suspended."""
    contractor_id, _ = suspected
    review = await office.review_of(contractor_id)
    reject = reviews.RejectReviewRequest(request_id=request_id(), id=review.id, reason="somebody else's account")
    await office.call(office.reviews.RejectReview, reject, "officer-1")
    assert (await _now(office, contractor_id)).state == methods.PAYOUT_METHOD_STATE_DISABLED


async def _ends_in(database: TestDatabase, method_id: str, hours: int) -> None:
    connection = await asyncpg.connect(database.platform_url)
    await connection.execute(
        "UPDATE payout_method SET usable_from = now() + make_interval(hours => $2) WHERE id = $1", raw(method_id), hours
    )
    await connection.close()


async def _review_state(office: Office, contractor_id: str) -> list[Any]:
    found = await office.call(office.reviews.ListReviews, reviews.ListReviewsRequest(contractor_id=contractor_id))
    return [list(review.risk_reasons) for review in found.reviews]


async def test_who_came_first_is_looked_at_again_before_the_cooling_off_ends(office: Office, database: TestDatabase) -> None:
    """Somebody else has the account by then: it is reviewed while it cools off, which the contractor does not see, and waits when
    that is not over in time. Who has it is decided once, until yet another one has it."""
    iban = new_iban()
    contractor_id, added = await _given(office, iban)
    other_id, unknown = await _given(office, new_iban())
    await _given(office, iban)
    for method_id in (added.id, unknown.id):
        await _ends_in(database, method_id, 20)
    before = await _seen(office, contractor_id)
    await office.beat()
    assert await _seen(office, contractor_id) == before
    assert (await _review_state(office, contractor_id), await _review_state(office, other_id)) == ([["DUPLICATE_ACCOUNT"]], [])
    await _ends_in(database, added.id, 1)
    await office.beat()
    assert (await _now(office, contractor_id)).state == PENDING
    review = await office.review_of(contractor_id)
    await office.approve(review.id, "officer-1")
    await office.approve(review.id, "officer-2")
    await _ends_in(database, added.id, 20)
    await office.beat()
    assert await _review_state(office, contractor_id) == []
    await _given(office, iban)
    await office.beat()
    assert await _review_state(office, contractor_id) == [["DUPLICATE_ACCOUNT"]]


async def test_an_organisation_gives_accounts_until_the_approval(office: Office) -> None:
    """Before, it fills in the case; afterwards neither a new account nor the end of one is its affair: others pay there as
    well. The contractor and compliance go on."""
    contractor_id, review = await office.in_review(profile(), ORG)
    before = (await office.call(office.methods.AddPayoutMethod, _add(contractor_id, new_iban()), "buyer", ORG)).payout_method
    for officer in ("officer-1", "officer-2"):
        if (await office.approve(review.id, officer)).review.state == reviews.REVIEW_STATE_APPROVED:
            break
    for stub, request in (
        (office.methods.AddPayoutMethod, _add(contractor_id, new_iban())),
        (
            office.methods.DisablePayoutMethod,
            methods.DisablePayoutMethodRequest(request_id=request_id(), id=before.id, reason="old"),
        ),
    ):
        assert (await refused(office.call(stub, request, "buyer", ORG)))[0] == "PERMISSION_DENIED"
    assert (await _now(office, contractor_id)).id == before.id
    await office.call(office.methods.AddPayoutMethod, _add(contractor_id, new_iban()), contractor_id=contractor_id)
    await office.call(office.methods.AddPayoutMethod, _add(contractor_id, new_iban()), "officer-1")
