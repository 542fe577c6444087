"""The same number or account given in two cases at the same moment, or in two notations: it is always known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
from chassis.ids import raw
from google.protobuf.field_mask_pb2 import FieldMask
from integration.onboarding.office import Office, new_cnic, new_iban, profile, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from kamai.onboarding.v1 import review_pb2 as reviews
from support.databases import TestDatabase

PAIRS = 20


def _numbers(*values: str) -> pb.ContractorProfile:
    return profile(identity_numbers=[pb.IdentityNumber(kind="CNIC", country="PK", value=value) for value in values])


async def _suspected(database: TestDatabase, contractor_ids: Sequence[str]) -> set[str]:
    """Of whom an account is suspected and a review of that is open."""
    connection = await asyncpg.connect(database.platform_url)
    rows = await connection.fetch(
        "SELECT m.contractor_id FROM payout_method m JOIN review r USING (contractor_id) WHERE m.contractor_id = ANY ($1) "
        "AND m.suspected AND r.state = 'OPEN' AND 'DUPLICATE_ACCOUNT' = ANY (r.risk_reasons)",
        [raw(each) for each in contractor_ids],
    )
    await connection.close()
    owners = {row["contractor_id"] for row in rows}
    return {each for each in contractor_ids if raw(each) in owners}


async def _add(office: Office, contractor_id: str, country: str, currency: str, **fields: str) -> None:
    request = methods.AddPayoutMethodRequest(
        request_id=request_id(), contractor_id=contractor_id, country=country, currency=currency, fields=fields
    )
    await office.call(office.methods.AddPayoutMethod, request, contractor_id=contractor_id)


async def _risks(office: Office, contractor_id: str) -> list[str]:
    return list((await office.review_of(contractor_id)).risk_reasons)


async def test_two_who_add_one_account_at_the_same_time(office: Office, database: TestDatabase) -> None:
    """Each transaction writes its mark and looks for others': the later one waits for the earlier and sees it, of every pair."""
    missed = []
    for _ in range(PAIRS):
        pair, iban = [await office.approved(), await office.approved()], new_iban()
        await asyncio.gather(*(_add(office, each, "GB", "EUR", iban=iban) for each in pair))
        if not await _suspected(database, pair):
            missed.append(pair)
    assert not missed


async def test_two_cases_with_one_number_at_the_same_time(office: Office) -> None:
    """One is looked at while the other gets the number and is handed in: one of the two at least is a risk."""
    for _ in range(5):
        cnic = new_cnic()
        one, other = [each.id for each in (await office.register(_numbers(cnic)), await office.register(_numbers(new_cnic())))]
        for each in (one, other):
            await office.add_method(each)
        change = cases.UpdateContractorRequest(
            request_id=request_id(), id=other, etag=(await office.get(other)).etag,
            update_mask=FieldMask(paths=["identity_numbers"]), profile=_numbers(cnic),
        )  # fmt: skip
        await asyncio.gather(office.submit(one), office.call(office.contractors.UpdateContractor, change))
        await asyncio.gather(office.beat(), office.submit(other))
        await office.beat()
        assert "DUPLICATE_IDENTITY" in await _risks(office, one) + await _risks(office, other)


async def test_numbers_in_opposite_order_block_nobody(office: Office) -> None:
    """Everybody takes turns in one order: many who write the same numbers at once all get through."""
    numbers = [new_cnic() for _ in range(4)]
    orders = [numbers, numbers[::-1], numbers[2:] + numbers[:2], numbers[1:] + numbers[:1]] * 4
    registered = await asyncio.gather(*(office.register(_numbers(*order)) for order in orders))
    assert len({each.id for each in registered}) == len(orders)


async def test_an_account_in_another_notation_is_the_same(office: Office, database: TestDatabase) -> None:
    """The domestic number inside of an IBAN, a bank by its code or its BIC, zeros before the number; found by each as well."""
    iban, number = new_iban(), f"7{new_iban()[-8:]}1"
    owner, _ = await office.in_review(iban=iban)
    first = await office.approved()
    await _add(office, first, "PH", "PHP", bank_code="010040018", account_number=number)
    notations: list[tuple[str, str, dict[str, str]]] = [
        ("GB", "GBP", {"sort_code": iban[8:14], "account_number": iban[14:]}),
        ("PH", "PHP", {"bank_code": "BOPIPHMMXXX", "account_number": f"00{number}"}),
    ]
    for country, currency, fields in notations:
        other = await office.approved()
        await _add(office, other, country, currency, **fields)
        assert await _suspected(database, [other]) == {other}
    assert owner in await _found(office, f"{iban[8:14]} {iban[14:]}")
    assert first in await _found(office, f"010040018-000{number}")


async def _found(office: Office, account: str) -> list[str]:
    request: Any = personal.FindContractorsRequest(request_id=request_id(), account_number=account)
    return [c.id for c in (await office.call(office.personal.FindContractors, request)).contractors]


async def test_who_came_first_is_looked_at_again_before_the_approval(office: Office) -> None:
    """Nobody else had the account when the review was opened: by now somebody has, and two people decide."""
    iban = new_iban()
    first, review = await office.in_review(iban=iban)
    assert not review.risk_reasons
    await office.in_review(iban=iban)
    answer = (await office.approve(review.id, "officer-1")).review
    assert answer.state == reviews.REVIEW_STATE_PENDING_SECOND
    assert list(answer.risk_reasons) == ["DUPLICATE_ACCOUNT"]
    assert (await office.approve(review.id, "officer-2")).review.state == reviews.REVIEW_STATE_APPROVED
    assert (await office.get(first)).state == pb.CASE_STATE_APPROVED


async def test_a_first_approval_does_not_count_for_what_came_after_it(office: Office) -> None:
    """The second person's is the first of those who could know: another one, or the first once more, gives the last."""
    iban = new_iban()
    contractor_id, review = await office.in_review(profile(nationalities=["PK", "IR"]), iban=iban)
    await office.approve(review.id, "officer-1")
    await office.in_review(iban=iban)
    assert (await office.approve(review.id, "officer-2")).review.state == reviews.REVIEW_STATE_PENDING_SECOND
    assert "DUPLICATE_ACCOUNT" in await _risks(office, contractor_id)
    assert (await office.approve(review.id, "officer-1")).review.state == reviews.REVIEW_STATE_APPROVED
