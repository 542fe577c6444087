"""Finding a contractor by what is sealed, and knowing the same person or account in two cases."""

from __future__ import annotations

import asyncpg
from chassis.ids import RandomIds
from google.protobuf.field_mask_pb2 import FieldMask
from integration.onboarding.office import Office, new_cnic, new_iban, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from kamai.onboarding.v1 import review_pb2 as reviews
from support.databases import TestDatabase


def _number(value: str, kind: str = "CNIC") -> pb.IdentityNumber:
    return pb.IdentityNumber(kind=kind, country="PK", value=value)


async def _found(office: Office, subject: str = "officer-1", **by: object) -> list[str]:
    request = personal.FindContractorsRequest(request_id=request_id(), **by)  # type: ignore[arg-type]
    return [c.id for c in (await office.call(office.personal.FindContractors, request, subject)).contractors]


async def test_found_by_number_account_and_mail(office: Office) -> None:
    """However it is written, whoever registered; after a change by the new value and not the old one; once erased by none."""
    cnic, iban, mail = new_cnic(), new_iban(), f"{RandomIds().new('mail')}@example.com"
    contractor = await office.register(profile(email=mail, identity_numbers=[_number(cnic)]), organisation=RandomIds().new("org"))
    await office.add_method(contractor.id, fields={"iban": iban})
    spaced = f"{cnic[:5]}-{cnic[5:12]}-{cnic[12]}"
    assert await _found(office, identity_number=_number(spaced)) == [contractor.id]
    assert await _found(office, account_number=f"{iban[:4].lower()} {iban[4:]}") == [contractor.id]
    assert await _found(office, email=mail.upper()) == [contractor.id]
    assert await _found(office, account_number=new_iban()) == []
    renewed, etag = new_cnic(), (await office.get(contractor.id)).etag
    update = cases.UpdateContractorRequest(
        request_id=request_id(), id=contractor.id, etag=etag, update_mask=FieldMask(paths=["identity_numbers"]),
        profile=pb.ContractorProfile(identity_numbers=[_number(renewed)]),
    )  # fmt: skip
    await office.call(office.contractors.UpdateContractor, update)
    assert await _found(office, identity_number=_number(cnic)) == []
    assert await _found(office, identity_number=_number(renewed)) == [contractor.id]
    await office.close(contractor.id)
    await office.erase(contractor.id)
    assert await _found(office, identity_number=_number(renewed)) == await _found(office, account_number=iban) == []


async def test_searches_are_for_compliance_and_leave_a_trace(office: Office, database: TestDatabase) -> None:
    """An organisation and a contractor are refused; exactly one value is given; who searched, and whose data came, is in the
    trail, and the digests of two equal searches differ, so that nobody guesses what was searched."""
    cnic = new_cnic()
    contractor = await office.register(profile(identity_numbers=[_number(cnic)]))
    request = personal.FindContractorsRequest(request_id=request_id(), identity_number=_number(cnic))
    for bound in ({"organisation": RandomIds().new("org")}, {"contractor_id": contractor.id}):
        asked = office.call(office.personal.FindContractors, request, "curious", **bound)
        assert (await refused(asked))[0] == "PERMISSION_DENIED"
    nothing = personal.FindContractorsRequest(request_id=request_id())
    assert (await refused(office.call(office.personal.FindContractors, nothing)))[0] == "INVALID_FIELDS"
    empty = personal.FindContractorsRequest(request_id=request_id(), account_number="----")
    assert (await refused(office.call(office.personal.FindContractors, empty)))[0] == "INVALID_FIELDS"
    subject = RandomIds().new("officer")
    for _ in range(2):
        await _found(office, subject, identity_number=_number(cnic))
    connection = await asyncpg.connect(database.platform_url)
    rows = await connection.fetch("SELECT kind, subjects, request_digest FROM audit_entry WHERE actor = $1", subject)
    await connection.close()
    assert [(row["kind"], row["subjects"]) for row in rows] == [("READ", [contractor.id])] * 2
    assert len({row["request_digest"] for row in rows}) == 2


async def test_the_same_number_or_account_on_another_open_case_is_a_risk(office: Office) -> None:
    """Two people look at it; a case that is over does not count."""
    cnic, iban = new_cnic(), new_iban()
    first, review = await office.in_review(profile(identity_numbers=[_number(cnic)]), iban=iban)
    assert not review.risk_reasons
    _, second = await office.in_review(profile("Same Number Again", identity_numbers=[_number(cnic)]))
    assert list(second.risk_reasons) == ["DUPLICATE_IDENTITY"]
    third_id, third = await office.in_review(profile("Same Account Again"), iban=iban)
    assert list(third.risk_reasons) == ["DUPLICATE_ACCOUNT"]
    assert (await office.approve(third.id)).review.state == reviews.REVIEW_STATE_PENDING_SECOND
    for contractor_id in (first, third_id):
        await office.close(contractor_id)
    _, fourth = await office.in_review(profile("After All Was Over"), iban=iban)
    assert not fourth.risk_reasons


async def test_an_account_of_another_case_added_later_is_looked_at(office: Office) -> None:
    """Somebody approved adds the account of somebody else in the own name: two people look at it; during a review it makes the
    case risky."""
    iban = new_iban()
    await office.in_review(iban=iban)
    approved = await office.approved()
    await office.add_method(approved, fields={"iban": iban})
    assert list((await office.review_of(approved)).risk_reasons) == ["DUPLICATE_ACCOUNT"]
    waiting, _ = await office.in_review()
    await office.add_method(waiting, fields={"iban": iban})
    assert "DUPLICATE_ACCOUNT" in (await office.review_of(waiting)).risk_reasons
