"""Who sees what of a contractor: who registered it, who engages it, itself, and everybody else."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import grpc
import pytest
from chassis.ids import RandomIds, raw
from google.protobuf.field_mask_pb2 import FieldMask
from integration.onboarding.office import Office, new_iban, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import payout_method_pb2 as methods
from support.databases import TestDatabase

PRIVATE = ("birth_date", "email", "phone", "address_lines", "identity_numbers", "other_names", "nationalities", "skills")
PLATFORMS = ("review", "screening", "screening_decision", "blind_index", "remark")


def _org() -> str:
    return RandomIds().new("org")


async def _engage(database: TestDatabase, organisation: str, contractor_id: str) -> None:
    connection = await asyncpg.connect(database.platform_url)
    await connection.execute("INSERT INTO engagement VALUES ($1, $2)", raw(organisation), raw(contractor_id))
    await connection.close()


async def _as_tenant(database: TestDatabase, tenant: str, query: str, *arguments: Any) -> list[Any]:
    """Rows the application role gets while it acts for that tenant."""
    connection = await asyncpg.connect(database.app_url, server_settings={"kamai.tenant": tenant})
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def test_one_contractor_of_two_organisations(office: Office, database: TestDatabase) -> None:
    """Who registered sees all that was given; who engages gets name, country, person type, state, capabilities and codes; others
    do not find it, before as after."""
    registering, engaging, other = _org(), _org(), _org()
    given = profile(skills=["python"], phone="+923001234567", other_names=["A. N. Siddiqui"])
    contractor_id, _ = await office.in_review(given, registering)
    read = cases.GetContractorRequest(id=contractor_id)
    assert (await refused(office.call(office.contractors.GetContractor, read, "client-2", engaging)))[0] == "NOT_FOUND"
    await _engage(database, engaging, contractor_id)
    whole = (await office.call(office.contractors.GetContractor, read, "client-1", registering)).contractor
    assert whole.profile.email == given.email
    assert whole.profile.identity_numbers[0].value.startswith("****")
    least = (await office.call(office.contractors.GetContractor, read, "client-2", engaging)).contractor
    assert least.profile == pb.ContractorProfile(legal_name=given.legal_name, country="PK", person_type=given.person_type)
    assert (least.state, list(least.capabilities)) == (whole.state, list(whole.capabilities))
    assert [r.code for r in least.requirements] == [r.code for r in whole.requirements]
    assert not [r for r in least.requirements if r.description or r.defects or r.any_of]
    assert not [name for name in PRIVATE if getattr(least.profile, name)]
    assert (await refused(office.call(office.contractors.GetContractor, read, "client-3", other)))[0] == "NOT_FOUND"


async def test_who_only_engages_reaches_nothing_else(office: Office, database: TestDatabase) -> None:
    """No accounts, no steps, no reference another organisation gave, and no change."""
    registering, engaging = _org(), _org()
    registered = await office.register(organisation=registering, external_id="staff-no-77")
    method = await office.add_method(registered.id)
    await _engage(database, engaging, registered.id)

    def call(stub: Any, request: Any) -> Any:
        return office.call(stub, request, "client-2", engaging)

    listed = await call(office.contractors.ListContractors, cases.ListContractorsRequest())
    assert [(c.id, c.external_id, c.profile.email) for c in listed.contractors] == [(registered.id, "", "")]
    probed = await call(office.contractors.ListContractors, cases.ListContractorsRequest(external_id="staff-no-77"))
    assert not probed.contractors
    accounts = methods.ListPayoutMethodsRequest(contractor_id=registered.id)
    assert not (await call(office.methods.ListPayoutMethods, accounts)).payout_methods
    steps = cases.ListContractorTransitionsRequest(id=registered.id)
    assert not (await call(office.contractors.ListContractorTransitions, steps)).transitions
    for stub, request in _changes(office, registered, method.id):
        assert (await refused(call(stub, request)))[0] == "NOT_FOUND", request


def _changes(office: Office, contractor: pb.Contractor, method_id: str) -> list[tuple[Any, Any]]:
    update = cases.UpdateContractorRequest(
        request_id=request_id(), id=contractor.id, etag=contractor.etag, update_mask=FieldMask(paths=["skills"])
    )
    account = {"country": "GB", "currency": "EUR", "fields": {"iban": new_iban()}}
    return [
        (office.contractors.UpdateContractor, update),
        (office.contractors.SubmitContractor, cases.SubmitContractorRequest(request_id=request_id(), id=contractor.id)),
        (
            office.methods.AddPayoutMethod,
            methods.AddPayoutMethodRequest(request_id=request_id(), contractor_id=contractor.id, **account),  # type: ignore[arg-type]
        ),
        (
            office.methods.DisablePayoutMethod,
            methods.DisablePayoutMethodRequest(request_id=request_id(), id=method_id, reason="not mine to disable"),
        ),
    ]


async def test_strangers_find_nothing(office: Office) -> None:
    """Another organisation and another contractor get NOT_FOUND from every verb, for the case and for its account."""
    registered = await office.register(organisation=_org())
    method = await office.add_method(registered.id)
    stranger = (await office.register()).id
    reads: list[tuple[Any, Any]] = [
        (office.contractors.GetContractor, cases.GetContractorRequest(id=registered.id)),
        (office.contractors.ListContractorTransitions, cases.ListContractorTransitionsRequest(id=registered.id)),
        (office.methods.ListPayoutMethods, methods.ListPayoutMethodsRequest(contractor_id=registered.id)),
    ]
    for bound in ({"organisation": _org()}, {"contractor_id": stranger}):
        for stub, request in [*reads, *_changes(office, registered, method.id)]:
            assert (await refused(office.call(stub, request, "stranger", **bound)))[0] == "NOT_FOUND", (bound, request)


async def test_a_contractor_works_on_its_own_case(office: Office) -> None:
    """It reads, changes, adds an account, submits, disables and closes, with an open review on the way; it lists itself alone."""
    contractor = await office.register(organisation=_org())

    def call(stub: Any, request: Any) -> Any:
        return office.call(stub, request, "person", contractor_id=contractor.id)

    update = cases.UpdateContractorRequest(
        request_id=request_id(), id=contractor.id, etag=contractor.etag, update_mask=FieldMask(paths=["skills"]),
        profile=pb.ContractorProfile(skills=["go"]),
    )  # fmt: skip
    assert (await call(office.contractors.UpdateContractor, update)).contractor.profile.skills == ["go"]
    account = methods.AddPayoutMethodRequest(
        request_id=request_id(), contractor_id=contractor.id, country="GB", currency="EUR", fields={"iban": new_iban()}
    )
    added = (await call(office.methods.AddPayoutMethod, account)).payout_method
    submit = cases.SubmitContractorRequest(request_id=request_id(), id=contractor.id)
    assert (await call(office.contractors.SubmitContractor, submit)).contractor.state == pb.CASE_STATE_SUBMITTED
    await office.beat()
    account.request_id, account.holder_name = request_id(), "Somebody Else Entirely"
    account.fields["iban"] = new_iban()
    await call(office.methods.AddPayoutMethod, account)
    assert "ACCOUNT_HOLDER_DIFFERS" in (await office.review_of(contractor.id)).risk_reasons
    listed = await call(office.methods.ListPayoutMethods, methods.ListPayoutMethodsRequest(contractor_id=contractor.id))
    assert added.id in {method.id for method in listed.payout_methods}
    disable = methods.DisablePayoutMethodRequest(request_id=request_id(), id=added.id, reason="closed it")
    await call(office.methods.DisablePayoutMethod, disable)
    mine = await call(office.contractors.ListContractors, cases.ListContractorsRequest())
    assert [c.id for c in mine.contractors] == [contractor.id]
    close = cases.CloseContractorRequest(request_id=request_id(), id=contractor.id, reason="I leave, says Ayesha")
    assert (await call(office.contractors.CloseContractor, close)).contractor.state == pb.CASE_STATE_CLOSED
    steps = cases.ListContractorTransitionsRequest(id=contractor.id)
    own = (await call(office.contractors.ListContractorTransitions, steps)).transitions
    assert own[-1].reason == "CLOSED", "words are for the platform's people"
    all_said = await office.call(office.contractors.ListContractorTransitions, steps)
    assert all_said.transitions[-1].reason == "I leave, says Ayesha"


@pytest.mark.parametrize("kind", ["organisation", "contractor"])
async def test_what_is_the_platforms_alone_cannot_be_read(office: Office, database: TestDatabase, kind: str) -> None:
    """With the application role and the tenant of a transaction set: no review, no screening, no finding, no decision, no word
    said and no keyed hash, not even of the own case; the own personal rows and steps are there."""
    organisation = _org()
    contractor_id, review = await office.in_review(organisation=organisation)
    await office.approve(review.id)
    suspend = cases.SuspendContractorRequest(request_id=request_id(), id=contractor_id, reason="a doubt of ours")
    await office.call(office.contractors.SuspendContractor, suspend)
    key = raw(contractor_id)
    tenant = f"{kind}:{raw(organisation) if kind == 'organisation' else key}"
    for table in PLATFORMS:
        of_platform = await _as_tenant(database, "platform", f"SELECT FROM {table} WHERE contractor_id = $1", key)
        assert of_platform or table == "screening_decision", table
        assert await _as_tenant(database, tenant, f"SELECT FROM {table}") == [], table
    kinds = await _as_tenant(database, tenant, "SELECT kind FROM personal_data WHERE contractor_id = $1", key)
    assert {row["kind"] for row in kinds} == {"PROFILE", "NAME", "ACCOUNT"}
    types = await _as_tenant(database, tenant, "SELECT DISTINCT aggregate_type AS type FROM transition")
    assert {row["type"] for row in types} == {"contractor", "method"}
    assert await _as_tenant(database, "", "SELECT FROM contractor") == [], "nobody sees nothing"


async def test_engagement_opens_the_name_alone(office: Office, database: TestDatabase) -> None:
    """Also below the API: of the personal rows of a contractor an engaging organisation's transaction reaches the name, to
    read."""
    engaging = _org()
    contractor_id, _ = await office.in_review()
    await _engage(database, engaging, contractor_id)
    tenant = f"organisation:{raw(engaging)}"
    rows = await _as_tenant(database, tenant, "SELECT kind FROM personal_data")
    assert [row["kind"] for row in rows] == ["NAME"]
    assert await _as_tenant(database, tenant, "UPDATE personal_data SET content = '' RETURNING kind") == []
    assert await _as_tenant(database, tenant, "UPDATE contractor SET state = 'CLOSED' RETURNING id") == []
    assert await _as_tenant(database, tenant, "SELECT FROM payout_method") == []


async def test_twenty_updates_at_once(office: Office) -> None:
    """Of twenty changes of one version one is made; the profile is the winner's, and so is what it is found by."""
    contractor = await office.register(organisation=(organisation := _org()))

    async def change(number: int) -> str:
        request = cases.UpdateContractorRequest(
            request_id=request_id(), id=contractor.id, etag=contractor.etag, update_mask=FieldMask(paths=["email", "skills"]),
            profile=pb.ContractorProfile(email=f"race-{number}@example.com", skills=[str(number)]),
        )  # fmt: skip
        try:
            answer = await office.call(office.contractors.UpdateContractor, request, f"client-{number}", organisation)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return str(answer.contractor.profile.skills[0])

    outcomes = await asyncio.gather(*(change(number) for number in range(20)))
    [winner] = [outcome for outcome in outcomes if outcome != "ABORTED"]
    current = (await office.get(contractor.id)).profile
    assert (current.email, list(current.skills)) == (f"race-{winner}@example.com", [winner])
