"""From registration to a contractor who may be paid, over real gRPC."""

from __future__ import annotations

import asyncio
from typing import Any

from chassis.ids import RandomIds
from google.protobuf.field_mask_pb2 import FieldMask
from integration.onboarding.office import IBAN_GB, Office, capability, new_cnic, new_iban, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import review_pb2 as reviews

ONE, TWO, FIFTY, PAGES = (RandomIds().new("org") for _ in range(4))


async def test_the_whole_way(office: Office) -> None:
    """Registered, method added, submitted, screened, reviewed, approved: every capability is active, every step is kept."""
    cnic = new_cnic()
    numbers = [pb.IdentityNumber(kind="CNIC", country="PK", value=cnic)]
    registered = await office.register(profile(identity_numbers=numbers))
    assert registered.state == pb.CASE_STATE_DRAFT
    assert registered.profile.identity_numbers[0].value == "*********" + cnic[-4:]
    method = await office.add_method(registered.id, fields={"iban": IBAN_GB}, purpose_code="9186", partner_bank="indus")
    assert method.state == methods.PAYOUT_METHOD_STATE_VERIFIED
    assert method.version == 1
    assert method.usable_from == method.create_time
    assert method.masked_fields["iban"].endswith("6819")
    assert IBAN_GB not in str(method)
    assert (await office.submit(registered.id)).state == pb.CASE_STATE_SUBMITTED
    await office.beat()
    review = await office.review_of(registered.id)
    assert not review.risk_reasons
    assert review.due_at.seconds > review.create_time.seconds
    assert (await office.get(registered.id)).state == pb.CASE_STATE_IN_REVIEW
    approved = (await office.approve(review.id)).review
    assert approved.state == reviews.REVIEW_STATE_APPROVED
    payable = await office.get(registered.id)
    assert payable.state == pb.CASE_STATE_APPROVED
    assert {c.state for c in payable.capabilities} == {pb.CAPABILITY_STATE_ACTIVE}
    steps = await office.call(
        office.contractors.ListContractorTransitions, cases.ListContractorTransitionsRequest(id=registered.id)
    )
    assert [s.to_state for s in steps.transitions] == ["DRAFT", "SUBMITTED", "SCREENING", "IN_REVIEW", "APPROVED"]
    assert [s.actor for s in steps.transitions][2:] == ["system:screen-submitted"] * 2 + ["officer-1"]


async def test_all_defects_at_once(office: Office) -> None:
    """A case with four faults answers ACTION_REQUIRED and names all four; no value is quoted; mended, it goes on."""
    bad = [pb.IdentityNumber(kind="CNIC", country="PK", value="99999-ABC")]
    contractor = await office.register(profile(birth_date="1991-13-45", address_lines=[], identity_numbers=bad))
    answered = await office.submit(contractor.id)
    assert answered.state == pb.CASE_STATE_ACTION_REQUIRED
    defects = {(d.code, d.field) for r in answered.requirements for d in r.defects}
    assert defects == {
        ("NUMBER_INVALID", "profile.identity_numbers[0].value"),
        ("INVALID_DATE", "profile.birth_date"),
        ("MISSING", "profile.address_lines"),
        ("MISSING", "payout_methods"),
    }
    assert "99999" not in str(answered.requirements)
    await office.add_method(contractor.id)
    current = await office.get(contractor.id)
    good = profile()
    update = cases.UpdateContractorRequest(
        request_id=request_id(), id=contractor.id, profile=good, etag=current.etag,
        update_mask=FieldMask(paths=["birth_date", "address_lines", "identity_numbers"]),
    )  # fmt: skip
    await office.call(office.contractors.UpdateContractor, update)
    assert (await office.submit(contractor.id)).state == pb.CASE_STATE_SUBMITTED


async def test_requirements_before_anything_is_stored(office: Office) -> None:
    """GetRequirements answers for a country and person type, and for one capability only what restricts it."""
    ask = cases.GetRequirementsRequest(country="PK", person_type=pb.PERSON_TYPE_INDIVIDUAL)
    everything = await office.call(office.contractors.GetRequirements, ask)
    assert {r.code for r in everything.requirements} == {"IDENTITY_NUMBER", "PROFILE", "PAYOUT_METHOD"}
    assert everything.rule_pack_version.startswith("PK-")
    ask.capability = pb.CAPABILITY_SIGN_CONTRACT
    signing = await office.call(office.contractors.GetRequirements, ask)
    assert "PAYOUT_METHOD" not in {r.code for r in signing.requirements}
    route = methods.GetPayoutMethodRequirementsRequest(country="IN", currency="INR")
    fields = (await office.call(office.methods.GetPayoutMethodRequirements, route)).fields
    assert [f.name for f in fields] == ["ifsc", "account_number"]


async def test_replacement_cools_off_and_disabling_stops_payouts(office: Office) -> None:
    """A second method is usable after 48 h, also once the first was disabled or in another currency; without one payouts wait."""
    contractor_id = await office.approved()
    listed = await office.call(office.methods.ListPayoutMethods, methods.ListPayoutMethodsRequest(contractor_id=contractor_id))
    disable = methods.DisablePayoutMethodRequest(request_id=request_id(), id=listed.payout_methods[0].id, reason="account closed")
    gone = (await office.call(office.methods.DisablePayoutMethod, disable)).payout_method
    assert gone.state == methods.PAYOUT_METHOD_STATE_DISABLED
    waiting = capability(await office.get(contractor_id), pb.CAPABILITY_RECEIVE_PAYOUT)
    assert (waiting.state, waiting.reason_code) == (pb.CAPABILITY_STATE_PENDING, "PAYOUT_METHOD_MISSING")
    second = await office.add_method(contractor_id, fields={"iban": new_iban()})
    assert second.version == 2
    assert second.usable_from.seconds - second.create_time.seconds == 48 * 3600
    again = capability(await office.get(contractor_id), pb.CAPABILITY_RECEIVE_PAYOUT)
    assert again.state == pb.CAPABILITY_STATE_ACTIVE
    dollars = await office.add_method(contractor_id, currency="USD")
    assert dollars.version == 1
    assert dollars.usable_from.seconds - dollars.create_time.seconds == 48 * 3600
    disable.request_id = request_id()
    assert (await refused(office.call(office.methods.DisablePayoutMethod, disable)))[0] == "ILLEGAL_STATE"


async def test_wrong_account_names_every_field(office: Office) -> None:
    """An account with a bad check digit and an unknown field is refused with both; the values are not quoted."""
    contractor = await office.register()
    fields = {"iban": "GB29NWBK60161331926818", "colour": "blue"}
    request = methods.AddPayoutMethodRequest(
        request_id=request_id(), contractor_id=contractor.id, country="GB", currency="EUR", fields=fields
    )
    reason, found = await refused(office.call(office.methods.AddPayoutMethod, request))
    assert reason == "INVALID_FIELDS"
    assert {v.field for v in found} == {"fields.iban", "fields.colour"}
    assert "1926818" not in str(found)


async def test_external_id_is_unique_per_organisation(office: Office) -> None:
    """The same reference twice is refused within an organisation, not across; others do not find the contractor."""
    mine = await office.register(external_id="V-1", organisation=ONE)
    request = cases.RegisterContractorRequest(request_id=request_id(), profile=profile(), external_id="V-1")
    assert (await refused(office.call(office.contractors.RegisterContractor, request, "ops", ONE)))[0] == "ALREADY_EXISTS"
    await office.register(external_id="V-1", organisation=TWO)
    get = cases.GetContractorRequest(id=mine.id)
    assert (await refused(office.call(office.contractors.GetContractor, get, "ops", TWO)))[0] == "NOT_FOUND"
    found = await office.call(office.contractors.ListContractors, cases.ListContractorsRequest(external_id="V-1"), "ops", ONE)
    assert [c.id for c in found.contractors] == [mine.id]


async def test_update_mask_and_etag(office: Office) -> None:
    """Unknown paths are named each; values of the mask keep their rules; a stale etag is ABORTED; masked numbers are refused."""
    contractor = await office.register()

    def update(paths: list[str], etag: str = contractor.etag, **fields: Any) -> Any:
        request = cases.UpdateContractorRequest(
            request_id=request_id(), id=contractor.id, etag=etag, update_mask=FieldMask(paths=paths),
            profile=pb.ContractorProfile(**fields),
        )  # fmt: skip
        return office.call(office.contractors.UpdateContractor, request)

    reason, found = await refused(update(["skills", "shoe_size", "id"]))
    assert (reason, [v.field for v in found]) == ("INVALID_FIELDS", ["update_mask.paths[1]", "update_mask.paths[2]"])
    reason, found = await refused(update(["email", "phone"], email="nowhere", phone="12"))
    assert (reason, sorted(v.field for v in found)) == ("INVALID_FIELDS", ["profile.email", "profile.phone"])
    reason, found = await refused(update(["identity_numbers"], identity_numbers=contractor.profile.identity_numbers))
    assert (reason, found[0].reason) == ("INVALID_FIELDS", "MASKED")
    changed = (await update(["skills"], skills=["python"])).contractor
    assert changed.profile.skills == ["python"]
    assert changed.profile.legal_name == contractor.profile.legal_name
    assert (await refused(update(["skills"], skills=["java"])))[0] == "STALE_ETAG"


async def test_suspend_reinstate_close(office: Office) -> None:
    """Suspension holds payouts and lets work go on; reinstatement returns to the state before; closing is final."""
    contractor_id = await office.approved()
    suspend = cases.SuspendContractorRequest(request_id=request_id(), id=contractor_id, reason="document doubts")
    held = (await office.call(office.contractors.SuspendContractor, suspend)).contractor
    assert capability(held, pb.CAPABILITY_RECEIVE_PAYOUT).reason_code == "CASE_SUSPENDED"
    assert capability(held, pb.CAPABILITY_SUBMIT_WORK).state == pb.CAPABILITY_STATE_ACTIVE
    back = cases.ReinstateContractorRequest(request_id=request_id(), id=contractor_id, reason="cleared up")
    assert (await office.call(office.contractors.ReinstateContractor, back)).contractor.state == pb.CASE_STATE_APPROVED
    back.request_id = request_id()
    assert (await refused(office.call(office.contractors.ReinstateContractor, back)))[0] == "ILLEGAL_STATE"
    close = cases.CloseContractorRequest(request_id=request_id(), id=contractor_id, reason="left the platform")
    closed = (await office.call(office.contractors.CloseContractor, close)).contractor
    assert {c.reason_code for c in closed.capabilities} == {"CASE_CLOSED"}
    suspend.request_id = request_id()
    assert (await refused(office.call(office.contractors.SuspendContractor, suspend)))[0] == "ILLEGAL_STATE"


async def test_fifty_equal_calls_have_one_effect(office: Office) -> None:
    """50 concurrent equal registrations: one contractor, byte-identical answers; another payload under the same id is refused."""
    request = cases.RegisterContractorRequest(request_id=request_id(), profile=profile(), external_id="once")
    answers = await asyncio.gather(
        *(office.call(office.contractors.RegisterContractor, request, "ops", FIFTY) for _ in range(50))
    )
    assert len({a.SerializeToString(deterministic=True) for a in answers}) == 1
    found = await office.call(office.contractors.ListContractors, cases.ListContractorsRequest(), "ops", FIFTY)
    assert len(found.contractors) == 1
    request.external_id = "twice"
    assert (await refused(office.call(office.contractors.RegisterContractor, request, "ops", FIFTY)))[0] == "REQUEST_ID_REUSED"


async def test_pages(office: Office) -> None:
    """Pages of two give every contractor once, newest first; a token of other filters is refused."""
    made = [(await office.register(organisation=PAGES)).id for _ in range(5)]
    seen, token = [], ""
    while True:
        request = cases.ListContractorsRequest(page_size=2, page_token=token)
        page = await office.call(office.contractors.ListContractors, request, "ops", PAGES)
        seen += [c.id for c in page.contractors]
        token = page.next_page_token
        if not token:
            break
        other = cases.ListContractorsRequest(country="IN", page_token=token)
        assert (await refused(office.call(office.contractors.ListContractors, other)))[0] == "INVALID_PAGE_TOKEN"
    assert seen == made[::-1]


async def test_later_requirement_gives_approved_with_due(office: Office) -> None:
    """A British company without a tax number yet is approved with the day by which it is due."""
    given = profile(
        "Sample Pipeworks Ltd", person_type=pb.PERSON_TYPE_COMPANY, country="GB", nationalities=[],
        identity_numbers=[pb.IdentityNumber(kind="COMPANY_NUMBER", country="GB", value="09876543")],
    )  # fmt: skip
    contractor_id, review = await office.in_review(given)
    assert list(review.risk_reasons) == ["IDENTITY_NOT_CHECKABLE"]
    await office.approve(review.id, "officer-1")
    await office.approve(review.id, "officer-2")
    contractor = await office.get(contractor_id)
    assert contractor.state == pb.CASE_STATE_APPROVED_WITH_DUE
    assert contractor.required_by.seconds - contractor.update_time.seconds == 90 * 86400
