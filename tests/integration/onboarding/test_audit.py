"""What the audit trail says of changes of a case."""

from __future__ import annotations

import asyncpg
from chassis.ids import RandomIds
from google.protobuf.field_mask_pb2 import FieldMask
from integration.onboarding.office import Office, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from support.databases import TestDatabase


async def test_a_change_shows_before_and_after(office: Office, database: TestDatabase) -> None:
    """Every change of a case has a digest of it before and after; what one change leaves the next one finds; a registration has
    no state before it."""
    actor = RandomIds().new("actor")
    contractor = await office.register(subject=actor)
    for skill in ("go", "rust"):
        etag = (await office.get(contractor.id)).etag
        update = cases.UpdateContractorRequest(
            request_id=request_id(), id=contractor.id, etag=etag, update_mask=FieldMask(paths=["skills"]),
            profile=pb.ContractorProfile(skills=[skill]),
        )  # fmt: skip
        await office.call(office.contractors.UpdateContractor, update, actor)
    connection = await asyncpg.connect(database.platform_url)
    rows = await connection.fetch(
        "SELECT before_digest, after_digest FROM audit_entry WHERE actor = $1 AND kind = 'CHANGE' ORDER BY id", actor
    )
    await connection.close()
    assert rows[0]["before_digest"] is None
    assert len({row["after_digest"] for row in rows}) == 3
    assert [row["before_digest"] for row in rows[1:]] == [row["after_digest"] for row in rows[:-1]]
