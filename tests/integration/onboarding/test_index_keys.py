"""The key of the blind index changes: the same number and the same account stay the same, before, while and after."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import asyncpg
import pytest
from chassis.service import Platform, assembled
from chassis.vault.blind import BlindIndex
from integration.onboarding.conftest import quiet
from integration.onboarding.office import SAMPLE_LIST, Keys, Office, new_cnic, new_iban, profile, request_id
from kamai.onboarding.v1 import contractor_pb2 as pb
from kamai.onboarding.v1 import personal_data_service_pb2 as personal
from onboarding.config import OnboardingSettings
from onboarding.main import definition, rehash
from support.databases import Templates, TestDatabase
from support.services import environment
from support.tokens import TokenMaker


@dataclass(frozen=True)
class Place:
    """A service with a key file of its own."""

    office: Office
    database: TestDatabase
    tokens: TokenMaker
    keys: Keys

    @property
    def key_file(self) -> Path:
        return self.keys.folder / "blind-index.key"

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Platform[OnboardingSettings]]:
        """As the process of a task has it."""
        settings = OnboardingSettings(**environment(self.database, self.tokens.jwks, **self.keys.settings))
        async with assembled(definition(), settings, "task") as assembly:
            yield assembly.platform

    async def run(self, task: str) -> str:
        async with self.platform() as platform:
            return await definition().tasks[task](platform)

    async def found(self, **by: Any) -> list[str]:
        request = personal.FindContractorsRequest(request_id=request_id(), **by)
        return [c.id for c in (await self.office.call(self.office.personal.FindContractors, request)).contractors]

    async def stored(self) -> dict[str, int]:
        """Rows of the index by the id of their key."""
        connection = await asyncpg.connect(self.database.platform_url)
        rows = await connection.fetch("SELECT encode(key_id, 'hex') AS key, count(*) AS rows FROM blind_index GROUP BY key_id")
        await connection.close()
        return {row["key"]: row["rows"] for row in rows}

    async def by_current_key(self, verb: Literal["SELECT", "DELETE"]) -> set[tuple[Any, ...]]:
        """Reads the hashes, or takes them away."""
        connection = await asyncpg.connect(self.database.platform_url)
        rows = "FROM blind_index WHERE key_id = $1"
        query = f"SELECT owner_id, kind, digest {rows}" if verb == "SELECT" else f"DELETE {rows}"
        found = await connection.fetch(query, BlindIndex(self.key_file).current_key())
        await connection.close()
        return {tuple(row) for row in found}


@pytest.fixture
async def place(templates: Templates, tokens: TokenMaker, keys: Keys, tmp_path: Path) -> AsyncIterator[Place]:
    own = Keys(Path(shutil.copytree(keys.folder, tmp_path / "keys")), keys.opener)
    async with templates.database("onboarding", "onboarding.migrations") as database, quiet(database, tokens, own) as office:
        await office.import_list(SAMPLE_LIST)
        yield Place(office, database, tokens, own)


def _person(cnic: str) -> pb.ContractorProfile:
    return profile(identity_numbers=[pb.IdentityNumber(kind="CNIC", country="PK", value=cnic)])


async def test_duplicates_are_known_through_a_change_of_keys(place: Place) -> None:
    """Two people with one number and one account, each stored under another key, are known; also after the index was hashed anew
    and the older key went. Nothing is left by it then, and everybody is still found."""
    office, cnic, iban = place.office, new_cnic(), new_iban()
    first, _ = await office.in_review(_person(cnic), iban=iban)
    [old] = await place.stored()
    await place.run("new-blind-key")
    _, review = await office.in_review(_person(cnic), iban=iban)
    assert sorted(review.risk_reasons) == ["DUPLICATE_ACCOUNT", "DUPLICATE_IDENTITY"]
    assert (await place.run("rehash-index")).startswith("1 contractors")
    [new] = await place.stored()
    assert new != old
    place.key_file.write_text(place.key_file.read_text().splitlines()[0] + "\n")
    third, review = await office.in_review(_person(cnic), iban=iban)
    assert sorted(review.risk_reasons) == ["DUPLICATE_ACCOUNT", "DUPLICATE_IDENTITY"]
    number = pb.IdentityNumber(kind="CNIC", country="PK", value=cnic)
    for found in (await place.found(identity_number=number), await place.found(account_number=iban)):
        assert {first, third} < set(found)
        assert len(found) == 3
    assert (await place.run("rehash-index")).startswith("0 contractors")


async def test_hashing_anew_makes_what_saving_makes(place: Place) -> None:
    """The same hashes of every notation and number, by the new key: stored with the value, or computed again from it."""
    number = f"00{new_iban()[-8:]}"
    accounts: list[dict[str, Any]] = [
        {"fields": {"iban": new_iban()}},
        {"country": "PH", "currency": "PHP", "fields": {"bank_code": "BOPIPHMMXXX", "account_number": f"{number}77"}},
        {"country": "SG", "currency": "SGD", "fields": {"bic": "DBSSSGSGXXX", "account_number": number}},
    ]
    await place.run("new-blind-key")
    contractor = await place.office.register(_person(new_cnic()))
    for account in accounts:
        await place.office.add_method(contractor.id, **account)
    saved = await place.by_current_key("SELECT")
    assert saved
    await place.by_current_key("DELETE")
    await place.run("rehash-index")
    assert await place.by_current_key("SELECT") == saved


async def test_hashing_anew_goes_on_where_it_was_stopped(place: Place) -> None:
    """What was done before the stop is not done again; what is by the older key alone is found by both until then."""
    for _ in range(3):
        await place.office.in_review(iban=new_iban())
    [old] = before = await place.stored()
    await place.run("new-blind-key")
    async with place.platform() as platform:
        assert len(await rehash(platform, batch=1).step()) == 1
    after = await place.stored()
    assert after.pop(old) == before[old]
    assert 0 < sum(after.values()) < before[old]
    assert (await place.run("rehash-index")).startswith("2 contractors")
    assert sum((await place.stored()).values()) == before[old]
