"""Personal values stay in their table, and of many who act at once one wins."""

from __future__ import annotations

import asyncio

import asyncpg
import grpc
import structlog
from integration.onboarding.office import IBAN_GB, Office, profile, refused
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import review_pb2 as reviews
from support.databases import TestDatabase

NAME, STREET, MAIL = "Canary Zephyrine Quist", "77 Unmistakable Lane", "canary.quist@example.org"
ALLOWED = {
    "personal_data": "where they belong",
    "idempotent_reply": "stored answers hold what was answered; identity and account numbers are masked in them",
}


async def test_personal_values_stay_in_their_table(office: Office, database: TestDatabase) -> None:
    """After a whole way with a refused call in it, neither a log line nor any other table holds a value that was given; account
    and identity numbers are not even in the stored answers."""
    given = profile(
        NAME, address_lines=[STREET], email=MAIL,
        identity_numbers=[pb.IdentityNumber(kind="CNIC", country="PK", value="3520299887761")],
    )  # fmt: skip
    with structlog.testing.capture_logs() as lines:
        contractor_id = await office.approved(given)
        wrong = methods.AddPayoutMethodRequest(
            request_id="7b1f7d3e-6a43-4c5f-9d4e-111111111111", contractor_id=contractor_id, country="GB", currency="EUR",
            fields={"iban": IBAN_GB[:-1] + "0"},
        )  # fmt: skip
        await refused(office.call(office.methods.AddPayoutMethod, wrong))
    values = [NAME, STREET, MAIL, IBAN_GB, "3520299887761", "2998877"]
    assert not [line for line in lines for value in values if value in str(line)]
    connection = await asyncpg.connect(database.app_url)
    try:
        tables = await connection.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'onboarding'")
        for name in (row["table_name"] for row in tables):
            text = "\n".join(row["t"] for row in await connection.fetch(f"SELECT x::text AS t FROM {name} x"))
            numbers = values[3:] if name in ALLOWED else values
            if name != "personal_data":
                assert not [v for v in numbers if v in text or v.encode().hex() in text], name
    finally:
        await connection.close()


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
