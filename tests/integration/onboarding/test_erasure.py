"""Erasing a contractor: what keeps it from it, what is gone afterwards, what proves it, and what a restored backup changes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import jwt
import pytest
from chassis.audit.keys import SigningKey
from chassis.identity.files import Unusable
from chassis.ids import RandomIds, encode, raw
from chassis.vault import private_files
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.protobuf.timestamp_pb2 import Timestamp
from integration.onboarding.conftest import quiet
from integration.onboarding.office import SAMPLE_LIST, Keys, Office, new_iban, profile, refused, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import contractor_service_pb2 as cases
from kamai.onboarding.v1 import payout_method_pb2 as methods
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from kamai_client.approvals import Approval
from onboarding.adapters.erasure_proofs import ProofFile
from support.databases import Templates, TestDatabase
from support.tokens import TokenMaker

NAME, MAIL, STREET, STAFF_NUMBER = "Erasable Canary Person", "erasable.canary@example.org", "9 Vanishing Row", "staff-canary-9"
PERSONAL = ("personal_data", "blind_index", "engagement", "remark", "screening")


@asynccontextmanager
async def _superuser(database: TestDatabase) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "onboarding"})
    try:
        yield connection
    finally:
        await connection.close()


async def _person(office: Office, database: TestDatabase) -> str:
    """Somebody with traces in every table, whose case is closed."""
    organisation = RandomIds().new("org")
    given = profile(NAME, email=MAIL, address_lines=[STREET])
    registered = await office.register(given, organisation=organisation, external_id=STAFF_NUMBER)
    await office.add_method(registered.id)
    await office.submit(registered.id)
    await office.beat()
    await office.approve((await office.review_of(registered.id)).id)
    async with _superuser(database) as connection:
        other = raw(RandomIds().new("org"))
        await connection.execute("INSERT INTO engagement VALUES ($1, $2)", other, raw(registered.id))
    await office.close(registered.id)
    return registered.id


async def _left(database: TestDatabase, contractor_id: str) -> dict[str, int]:
    async with _superuser(database) as connection:
        found = {
            table: await connection.fetchval(f"SELECT count(*) FROM {table} WHERE contractor_id = $1", raw(contractor_id))
            for table in PERSONAL
        }
        found["idempotent_reply"] = await connection.fetchval(
            "SELECT count(*) FROM idempotent_reply WHERE $1 = ANY (subjects) AND reply IS NOT NULL", raw(contractor_id)
        )
        found["data_key"] = await connection.fetchval("SELECT count(*) FROM data_key WHERE subject_id = $1", raw(contractor_id))
        return found


async def test_every_blocker_is_named(office: Office) -> None:
    """A live case under two holds is refused with all three reasons, and says no word of why it is held; a released hold and one
    that ran out count no more; without a second factor, or for anybody but an approver, nothing is erased."""
    contractor_id = await office.approved()
    holds = []
    for until in (None, Timestamp(seconds=int((datetime.now(UTC) + timedelta(days=2)).timestamp()))):
        request = personal.PlaceLegalHoldRequest(
            request_id=request_id(), contractor_id=contractor_id, reason="case of Mrs Secret", until=until
        )
        holds.append((await office.call(office.personal.PlaceLegalHold, request)).legal_hold)
    reason, found = await refused(office.erase(contractor_id))
    assert (reason, sorted(p.type for p in found)) == ("PRECONDITION_FAILED", ["CASE_NOT_OVER", "LEGAL_HOLD", "LEGAL_HOLD"])
    assert {p.subject for p in found if p.type == "LEGAL_HOLD"} == {hold.id for hold in holds}
    assert "Secret" not in str(found)
    await office.close(contractor_id)
    for hold in holds:
        release = personal.ReleaseLegalHoldRequest(request_id=request_id(), id=hold.id)
        released = (await office.call(office.personal.ReleaseLegalHold, release)).legal_hold
        assert (released.released_by, released.reason) == ("ops", "case of Mrs Secret")
        release.request_id = request_id()
        assert (await refused(office.call(office.personal.ReleaseLegalHold, release)))[0] == "ILLEGAL_STATE"
    erasing = "kamai.onboarding.v1.PersonalDataService/EraseContractor"
    for approves in (
        [],
        [Approval("kamai.payouts.v1.RunService/ExecuteRun", contractor_id)],
        [Approval(erasing, "0" * 64), Approval(erasing, contractor_id[::-1])],
    ):
        assert (await refused(office.erase(contractor_id, approves=approves)))[0] == "STEP_UP_REQUIRED"
    assert (await refused(office.erase(contractor_id, roles=["compliance_analyst"])))[0] == "PERMISSION_DENIED"
    assert (await refused(office.erase(contractor_id, organisation=RandomIds().new("org"))))[0] == "PERMISSION_DENIED"
    assert (await office.erase(contractor_id)).contractor.HasField("erase_time")
    assert (await refused(office.erase(contractor_id)))[0] == "ILLEGAL_STATE"
    again = personal.PlaceLegalHoldRequest(request_id=request_id(), contractor_id=contractor_id, reason="too late now")
    assert (await refused(office.call(office.personal.PlaceLegalHold, again)))[0] == "ILLEGAL_STATE"


async def test_holds_are_listed(office: Office) -> None:
    """Newest first, page by page, for an analyst too: those that hold, or all; an erased contractor's without a reason."""
    contractor_id, holds = (await office.register()).id, []
    for number in range(3):
        request = personal.PlaceLegalHoldRequest(request_id=request_id(), contractor_id=contractor_id, reason=f"case {number}")
        holds.append((await office.call(office.personal.PlaceLegalHold, request)).legal_hold)
    first, *others = holds
    lifted = personal.ReleaseLegalHoldRequest(request_id=request_id(), id=first.id)
    first = (await office.call(office.personal.ReleaseLegalHold, lifted)).legal_hold

    async def listed(**asked: Any) -> Any:
        request = personal.ListLegalHoldsRequest(contractor_id=contractor_id, **asked)
        return await office.call(office.personal.ListLegalHolds, request, roles=["compliance_analyst"])

    assert list((await listed()).legal_holds) == others[::-1]
    page = await listed(include_ended=True, page_size=2)
    rest = await listed(include_ended=True, page_token=page.next_page_token)
    assert [*page.legal_holds, *rest.legal_holds] == [*others[::-1], first]
    elsewhere = personal.ListLegalHoldsRequest(contractor_id=(await office.register()).id)
    assert not (await office.call(office.personal.ListLegalHolds, elsewhere)).legal_holds
    await office.close(contractor_id)
    for hold in others:
        await office.call(office.personal.ReleaseLegalHold, personal.ReleaseLegalHoldRequest(request_id=request_id(), id=hold.id))
    await office.erase(contractor_id)
    assert not (await listed()).legal_holds
    assert {(hold.id, hold.reason) for hold in (await listed(include_ended=True)).legal_holds} == {(h.id, "") for h in holds}


async def test_a_retention_period_runs(database: TestDatabase, tokens: TokenMaker, keys: Keys) -> None:
    """With a period the day it ends is named; a hold and the period are told together."""
    async with quiet(database, tokens, keys, erasure_retention_days="30") as office:
        contractor_id = (await office.register()).id
        await office.close(contractor_id)
        hold = personal.PlaceLegalHoldRequest(request_id=request_id(), contractor_id=contractor_id, reason="asked by a court")
        await office.call(office.personal.PlaceLegalHold, hold)
        _, found = await refused(office.erase(contractor_id))
    assert sorted(p.type for p in found) == ["LEGAL_HOLD", "RETENTION_RUNS"]
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    assert day in next(p.description for p in found if p.type == "RETENTION_RUNS")


async def test_nothing_of_the_person_is_left(office: Office, database: TestDatabase) -> None:
    """Keys, personal rows, hashes, engagements and stored answers are gone, nothing can be sealed anew; case and steps stay, and
    a repeat gives the same answer."""
    contractor_id = await _person(office, database)
    before = await _left(database, contractor_id)
    assert all(before.values()), before
    given_id = request_id()
    erased = await office.erase(contractor_id, given_id=given_id)
    assert (await office.erase(contractor_id, given_id=given_id)).SerializeToString() == erased.SerializeToString()
    assert await _left(database, contractor_id) == dict.fromkeys(before, 0) | {"idempotent_reply": 1}
    read = await office.get(contractor_id)
    assert (read.state, read.external_id) == (pb.CASE_STATE_CLOSED, "")
    assert read.HasField("erase_time")
    assert read.profile == pb.ContractorProfile(country="PK", person_type=pb.PERSON_TYPE_INDIVIDUAL)
    steps = await office.call(
        office.contractors.ListContractorTransitions, cases.ListContractorTransitionsRequest(id=contractor_id)
    )
    assert [s.reason for s in steps.transitions][-2:] == ["CLOSED", "ERASED"]
    accounts = methods.ListPayoutMethodsRequest(contractor_id=contractor_id)
    [account] = (await office.call(office.methods.ListPayoutMethods, accounts)).payout_methods
    assert (account.holder_name, dict(account.masked_fields), account.bank_name) == ("", {}, "")
    listed = await office.call(office.contractors.ListContractors, cases.ListContractorsRequest())
    assert contractor_id in {contractor.id for contractor in listed.contractors}
    add = methods.AddPayoutMethodRequest(
        request_id=request_id(), contractor_id=contractor_id, country="GB", currency="EUR", fields={"iban": new_iban()}
    )
    assert (await refused(office.call(office.methods.AddPayoutMethod, add)))[0] == "ILLEGAL_STATE"
    for row in await _dump(database):
        assert not [v for v in (NAME, MAIL, STREET, STAFF_NUMBER) if v in row]


async def _dump(database: TestDatabase) -> list[str]:
    async with _superuser(database) as connection:
        tables = await connection.fetch(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'onboarding'"
        )
        return [r["t"] for t in tables for r in await connection.fetch(f"SELECT x::text AS t FROM {t['name']} x")]


async def _proof(office: Office, erased: str, **bound: Any) -> personal.ErasureProof:
    request = personal.GetErasureProofRequest(contractor_id=erased)
    proof: personal.ErasureProof = (await office.call(office.personal.GetErasureProof, request, **bound)).proof
    return proof


async def test_the_proof_can_be_verified_by_anybody(office: Office, database: TestDatabase, keys: Keys) -> None:
    """With nothing but the key set of the audit trail; it says what went, and only the platform and the contractor get it.
    Who registered the contractor gets to know that and when."""
    contractor_id = await _person(office, database)
    await office.erase(contractor_id, "officer-7")
    assert (await _proof(office, contractor_id)).jws == ""
    await office.beat()
    proof = await _proof(office, contractor_id, contractor_id=contractor_id)
    [key] = json.loads(keys.jwks.read_text())["keys"]
    claims = jwt.decode(proof.jws, jwt.PyJWK(key), algorithms=["EdDSA"], issuer="kamai.onboarding")
    assert (claims["sub"], claims["actor"], claims["reason"]) == (contractor_id, "officer-7", "REQ-2026-17")
    assert claims["removed"] == dict(proof.removed)
    assert {"personal_data": 4, "engagement": 1, "screening": 1}.items() <= claims["removed"].items()
    assert bytes.fromhex(claims["digest"]) == proof.digest
    for bound in ({"organisation": RandomIds().new("org")}, {"contractor_id": (await office.register()).id}):
        request = personal.GetErasureProofRequest(contractor_id=contractor_id)
        asked = office.call(office.personal.GetErasureProof, request, "other", **bound)
        assert (await refused(asked))[0] == "NOT_FOUND"
    async with _superuser(database) as connection:
        registered_by = await connection.fetchval("SELECT organisation_id FROM contractor WHERE id = $1", raw(contractor_id))
    seen = await _proof(office, contractor_id, organisation=encode("org", registered_by))
    assert seen == personal.ErasureProof(contractor_id=contractor_id, erase_time=proof.erase_time)


# Restoring a backup


TABLES = ("data_key", "personal_data", "blind_index")


async def _copy(database: TestDatabase, names: Sequence[str]) -> dict[str, list[Any]]:
    async with _superuser(database) as connection:
        return {name: await connection.fetch(f"SELECT * FROM {name}") for name in names}


async def _restore(database: TestDatabase, copied: dict[str, list[Any]]) -> None:
    """Rows that are missing come back as they were."""
    async with _superuser(database) as connection:
        for name, rows in copied.items():
            for row in rows:
                values = ", ".join(f"${n}" for n in range(1, len(row) + 1))
                await connection.execute(f"INSERT INTO {name} VALUES ({values}) ON CONFLICT DO NOTHING", *row.values())


async def test_rows_of_a_backup_stay_closed_and_are_swept(templates: Templates, tokens: TokenMaker, keys: Keys) -> None:
    """Keys and rows of before the erasure are put back: reading says erased and shows nothing, nobody is found by them, and the
    sweep deletes them again."""
    async with (
        templates.database("onboarding", "onboarding.migrations") as database, quiet(database, tokens, keys) as office,
    ):  # fmt: skip
        await office.import_list(SAMPLE_LIST)
        contractor_id = await _person(office, database)
        backup = await _copy(database, TABLES)
        await office.erase(contractor_id)
        await _restore(database, backup)
        assert (await _left(database, contractor_id))["data_key"] == 1
        async with _superuser(database) as connection:
            await connection.execute("UPDATE contractor SET erased_at = NULL WHERE id = $1", raw(contractor_id))
        read = await office.get(contractor_id)
        assert read.profile.legal_name == read.profile.email == ""
        await office.beat()
        left = await _left(database, contractor_id)
        assert not [name for name in TABLES if left[name]]
        assert (await office.get(contractor_id)).HasField("erase_time")


async def test_a_database_older_than_the_erasure(templates: Templates, tokens: TokenMaker, keys: Keys, tmp_path: Path) -> None:
    """The register, the proofs and the case itself are back where they were, and the case is open: the file of proofs outside of
    the database erases again before the service answers its first call."""
    file = tmp_path / "proofs.jws"
    more = {"erasure_proofs_file": str(file)}
    async with templates.database("onboarding", "onboarding.migrations") as database:
        async with quiet(database, tokens, keys, **more) as office:
            await office.import_list(SAMPLE_LIST)
            contractor_id = await _person(office, database)
            async with _superuser(database) as connection:
                await connection.execute("UPDATE contractor SET state = 'IN_REVIEW' WHERE id = $1", raw(contractor_id))
                backup = await _copy(database, (*TABLES, "engagement", "contractor", "screening"))
                await connection.execute("UPDATE contractor SET state = 'CLOSED' WHERE id = $1", raw(contractor_id))
            await office.erase(contractor_id)
            await office.beat()
            proof = await _proof(office, contractor_id)
        [line] = file.read_text().splitlines()
        assert line == proof.jws
        async with _superuser(database) as connection:
            for table in ("erased_subject", "erasure_proof"):
                await connection.execute(f"DELETE FROM {table}")
            [before] = [row for row in backup.pop("contractor") if row["id"] == raw(contractor_id)]
            await connection.execute(
                "UPDATE contractor SET state = 'IN_REVIEW', erased_at = NULL, external_id = $2 WHERE id = $1",
                raw(contractor_id), before["external_id"],
            )  # fmt: skip
        await _restore(database, backup)
        with file.open("a") as torn:
            torn.write("half a li")
        async with quiet(database, tokens, keys, **more) as office:
            read = await office.get(contractor_id)
            assert (read.state, read.external_id, read.profile.legal_name) == (pb.CASE_STATE_CLOSED, "", "")
            assert read.HasField("erase_time")
            left = await _left(database, contractor_id)
            assert not [name for name in (*PERSONAL, "data_key") if left[name]]
            assert (await _proof(office, contractor_id)).jws == proof.jws
            another = (await office.register()).id
            await office.close(another)
            await office.erase(another)
            await office.beat()
        assert {p.contractor_id for p in ProofFile(file, keys.jwks).read()} == {contractor_id, another}


async def test_a_file_that_cannot_be_trusted_stops_the_start(
    database: TestDatabase, tokens: TokenMaker, keys: Keys, tmp_path: Path
) -> None:
    """A line another key signed, or that is no proof, is named by its number; the service does not start."""
    file = tmp_path / "proofs.jws"
    strange = tmp_path / "strange.pem"
    signing = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_files.write(strange, signing.decode())
    kid, key = SigningKey(strange, tmp_path / "strange.json").current()
    forged = jwt.encode({"iss": "kamai.onboarding", "sub": RandomIds().new("contractor")}, key, "EdDSA", headers={"kid": kid})
    for line in (forged, "", "no.jws.atall"):
        file.write_text(f"{line}\n")
        with pytest.raises(Unusable, match=r"proofs\.jws, line 1"):
            async with quiet(database, tokens, keys, erasure_proofs_file=str(file)):
                raise AssertionError("started")
