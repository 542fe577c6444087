"""No personal value is readable in storage, and of many who act at once one wins."""

from __future__ import annotations

import asyncio
import base64
import io

import asyncpg
import grpc
import structlog
from integration.onboarding.office import Office, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import review_pb2 as reviews
from support.databases import TestDatabase

NAME, STREET, MAIL = "Canary Zephyrine Quist", "77 Unmistakable Lane", "canary.quist@example.org"
CNIC, IBAN = "3520299887761", "GB84NWBK60161355512349"
REASON = "known as Zephyrine to the officer"


async def _dump(database: TestDatabase) -> dict[str, bytes]:
    """Every table of the service as COPY writes it."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        tables = await connection.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'onboarding'")
        found = {}
        for name in (row["table_name"] for row in tables):
            into = io.BytesIO()
            await connection.copy_from_table(name, schema_name="onboarding", output=into)
            found[name] = into.getvalue()
        return found
    finally:
        await connection.close()


async def test_no_personal_value_can_be_read_from_a_table(office: Office, database: TestDatabase) -> None:
    """After a whole way with a refused call in it, with words of officers and a suspension, neither a log line nor any table
    holds a value that was given or a word that was said, in clear, in hexadecimal or in base 64."""
    given = profile(
        NAME, address_lines=[STREET], email=MAIL,
        identity_numbers=[pb.IdentityNumber(kind="CNIC", country="PK", value=CNIC)],
    )  # fmt: skip
    with structlog.testing.capture_logs() as lines:
        contractor_id, review = await office.in_review(given, iban=IBAN)
        await office.call(
            office.reviews.ApproveReview,
            reviews.ApproveReviewRequest(request_id=request_id(), id=review.id, reason=REASON),
            "officer-1",
        )
        suspend = cases.SuspendContractorRequest(request_id=request_id(), id=contractor_id, reason=f"{REASON}, and more")
        await office.call(office.contractors.SuspendContractor, suspend)
        back = cases.ReinstateContractorRequest(request_id=request_id(), id=contractor_id, reason=f"{REASON}, cleared")
        await office.call(office.contractors.ReinstateContractor, back)
        wrong = methods.AddPayoutMethodRequest(
            request_id="7b1f7d3e-6a43-4c5f-9d4e-111111111111", contractor_id=contractor_id, country="GB", currency="EUR",
            fields={"iban": IBAN[:-1] + ("0" if IBAN[-1] != "0" else "1")},
        )  # fmt: skip
        await refused(office.call(office.methods.AddPayoutMethod, wrong))
    values = [NAME, STREET, MAIL, REASON, IBAN, IBAN[-8:], CNIC, "1991-04-12"]
    assert not [line for line in lines for value in values if value in str(line)]
    dumped = await _dump(database)
    assert dumped["personal_data"]
    assert dumped["blind_index"]
    for name, content in dumped.items():
        told = [v for v in values if any(form in content for form in _forms(v))]
        assert not told, name


def _forms(value: str) -> list[bytes]:
    raw = value.encode()
    return [raw, raw.hex().encode(), base64.b64encode(raw)[: len(raw) * 4 // 3 - 3]]


async def _outcome(call: object) -> str:
    try:
        return reviews.ReviewState.Name((await call).review.state)  # type: ignore[misc]
    except grpc.aio.AioRpcError as error:
        return error.code().name


async def test_twenty_officers_approve_at_once(office: Office) -> None:
    """Of twenty officers who approve an ordinary case at the same moment exactly one does; the others are told the state."""
    contractor_id, review = await office.in_review()
    outcomes = await asyncio.gather(*(_outcome(office.approve(review.id, f"officer-{n}")) for n in range(20)))
    assert sorted(set(outcomes)) == ["FAILED_PRECONDITION", "REVIEW_STATE_APPROVED"]
    assert outcomes.count("REVIEW_STATE_APPROVED") == 1
    assert (await office.get(contractor_id)).state == pb.CASE_STATE_APPROVED


async def test_methods_added_at_once_are_counted(office: Office) -> None:
    """Ten replacements at the same moment get the versions 2 to 11; one of them is current."""
    contractor_id = await office.approved()
    added = await asyncio.gather(*(office.add_method(contractor_id) for _ in range(10)))
    assert sorted(method.version for method in added) == list(range(2, 12))
    assert len({method.usable_from.seconds - method.create_time.seconds for method in added}) == 1
