"""Everything held about a person, in one archive."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from chassis.ids import RandomIds
from grpc.aio import AioRpcError
from integration.onboarding.office import LISTED, Office, details, new_iban, profile, request_id
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from kamai.onboarding.v1 import screening_pb2 as screening

FILES = {
    "profile", "accounts", "reviews", "screening", "decisions", "transitions", "remarks", "events", "engagements", "search_index",
    "audit_entries",
}  # fmt: skip


async def _export(office: Office, whose: str, **bound: Any) -> dict[str, Any]:
    request = personal.ExportContractorRequest(id=whose)
    pieces = [piece async for piece in office.call(office.personal.ExportContractor, request, "asker", **bound)]
    content = b"".join(piece.data for piece in pieces)
    assert (pieces[0].header.size, pieces[0].header.sha256) == (len(content), hashlib.sha256(content).digest())
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.testzip() is None
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    readme = texts.pop("README.txt")
    assert whose in readme
    assert all(f"{name} " in readme for name in texts), "every file is explained"
    assert not [name for name in FILES if f"{name}.json" in readme and f"{name}.json" not in texts]
    assert ("suspicion" in readme) is ("reviews.json" not in texts), "what a contractor is not given is said"
    assert "contracts service" in readme
    return {name.removesuffix(".json"): json.loads(text) for name, text in texts.items()}


async def test_an_officer_gets_all_that_is_held(office: Office) -> None:
    """With numbers and accounts in full, decisions with their reasons, words that were said, and who looked at it. The contractor
    itself gets what it gave and what became of its case, and nothing that tells of a suspicion."""
    iban = new_iban()
    given = profile(LISTED, phone="+923001234567")
    contractor_id, review = await office.in_review(given, iban=iban)
    await office.decide(contractor_id, "90001", screening.HIT_DECISION_FALSE_POSITIVE)
    for officer in ("officer-1", "officer-2"):
        await office.approve(review.id, officer)
    suspend = cases.SuspendContractorRequest(request_id=request_id(), id=contractor_id, reason="a word said aloud")
    await office.call(office.contractors.SuspendContractor, suspend)
    own = await _export(office, contractor_id)
    assert set(own) == FILES
    declared = own["profile"]["profile"]
    assert (declared["legal_name"], declared["email"], declared["phone"]) == (given.legal_name, given.email, given.phone)
    assert declared["identity_numbers"][0]["value"] == given.identity_numbers[0].value
    assert [account["account"]["fields"]["iban"] for account in own["accounts"]] == [iban]
    assert [(r["state"], r["decision_reason"]) for r in own["reviews"]] == [("APPROVED", "checked")]
    assert [d["reason"] for d in own["decisions"]] == ["compared the documents"]
    assert own["screening"]["statuses"][0]["candidate"]["queried_name"]
    assert {step["aggregate_type"] for step in own["transitions"]} == {"contractor", "method", "review"}
    assert "a word said aloud" in {remark["said"] for remark in own["remarks"]}
    assert own["events"]["sent"] == own["profile"]["version"]
    assert {mark["kind"] for mark in own["search_index"]} == {"IDENTITY_NUMBER", "ACCOUNT_NUMBER", "EMAIL"}
    assert own["audit_entries"]
    again = await _export(office, contractor_id)
    assert again | {"audit_entries": []} == own | {"audit_entries": []}
    assert again["audit_entries"][0]["method"].endswith("/ExportContractor"), "an export is itself an entry"
    given_out = await _export(office, contractor_id, contractor_id=contractor_id)
    assert set(given_out) == FILES - {"reviews", "screening", "decisions", "remarks", "audit_entries"}
    assert (given_out["profile"], given_out["accounts"]) == (own["profile"], own["accounts"])
    assert {step["aggregate_type"] for step in given_out["transitions"]} == {"contractor", "method"}
    assert "KARAVAEV" not in json.dumps(given_out).upper().replace(LISTED.upper(), "")


@pytest.mark.parametrize("who", ["another contractor", "the organisation", "nobody"])
async def test_nobody_exports_somebody_else(office: Office, who: str) -> None:
    """Another contractor finds nothing; the organisation that registered has no right to it; an unknown id is not found."""
    organisation = RandomIds().new("org")
    contractor_id = (await office.register(organisation=organisation)).id
    bound: dict[str, str] = {}
    expected = "NOT_FOUND"
    if who == "another contractor":
        bound = {"contractor_id": (await office.register()).id}
    elif who == "the organisation":
        bound, expected = {"organisation": organisation}, "PERMISSION_DENIED"
    else:
        contractor_id = RandomIds().new("contractor")
    with pytest.raises(AioRpcError) as caught:
        await _export(office, contractor_id, **bound)
    assert details(caught.value)[0] == expected


async def test_after_an_erasure_there_is_little_to_give(office: Office) -> None:
    """The archive holds states and codes and no person."""
    given = profile("Exported After Erasure", email="exported.after@example.org")
    contractor_id, _ = await office.in_review(given)
    await office.close(contractor_id)
    await office.erase(contractor_id)
    text = json.dumps(await _export(office, contractor_id))
    assert not [v for v in (given.legal_name, given.email, given.identity_numbers[0].value, "left the platform") if v in text]
    assert "ERASED" in text
