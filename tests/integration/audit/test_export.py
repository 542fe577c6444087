"""Exports that were forged, cut, or taken of too little: nothing passes for whole that no signed root speaks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from chassis.audit.sealing import Sealer
from chassis.ids import encode
from integration.audit.serving import Ran, kamai, serving
from integration.audit.test_command import SERVICE, sealed
from integration.audit.trail import ACME, BYTE, Trail, entry
from kamai_client.audit import canonical
from kamai_client.audit.export import entry_from_json

Line = dict[str, Any]


@dataclass
class Exported:
    """An export of SERVICE with 30 entries and three roots for each of two tenants, and what verifies it."""

    trail: Trail
    file: Path

    async def take(self, *more: object) -> Ran:
        async with serving(self.trail.database, SERVICE) as address:
            at = {"KAMAI_PAYOUTS_ADDR": address, "KAMAI_TOKEN": "any"}
            return await kamai("audit", "export", self.file, "-s", SERVICE, *more, **at)

    def change(self, change: Callable[[list[Line]], list[Line]]) -> None:
        lines = change([json.loads(line) for line in self.file.read_text().splitlines()])
        self.file.write_text("".join(json.dumps(line) + "\n" for line in lines))

    async def verified(self, *more: object, keys: Path | None = None) -> Ran:
        return await kamai("audit", "verify", "--from", self.file, "--keys", keys or self.trail.jwks_file, *more)


@pytest.fixture
async def exported(trail: Trail, tmp_path: Path) -> Exported:
    for hour in (10, 11, 12):
        trail.clock.at = trail.clock.at.replace(hour=hour)
        await sealed(trail, 10)
    found = Exported(trail, tmp_path / "export.jsonl")
    ran = await found.take()
    assert ran.code == 0, ran
    return found


def forged(lines: list[Line], tenant: str = ACME, number: int = 25) -> list[Line]:
    """Another actor in entry `number`, and the chain hashed anew: nobody needs a key for that."""
    before = canonical.FIRST
    for line in lines:
        if line["type"] == "entry" and line["chain"] == tenant:
            if line["sequence"] == number:
                line["entry"]["actor"] = "somebody else"
            before = canonical.link(before, canonical.entry(entry_from_json(line["entry"])))
            line["hash"] = before.hex()
    return lines


def without_roots(lines: list[Line], newer_than: int = 0, tenant: str = "") -> list[Line]:
    """The forger takes the roots out of the head too."""
    for chain in (chain for service in lines[0]["services"] for chain in service["chains"]):
        chain["root"] = chain["sequence"] = newer_than
    return [
        line for line in lines if line["type"] != "root" or line["number"] <= newer_than
        or tenant not in ("", line["organisation_id"])
    ]  # fmt: skip


async def test_it_is_its_owners_alone(exported: Exported) -> None:
    """Mode 0600; its head names services, tenants and their newest roots; it verifies."""
    assert exported.file.stat().st_mode & 0o777 == 0o600
    (held,) = json.loads(exported.file.read_text().splitlines()[0])["services"]
    assert held["service"] == SERVICE
    assert held["chains"] == [
        {"organisation_id": tenant, "entries": 30, "root": 3, "sequence": 30} for tenant in (ACME, BYTE)
    ]  # fmt: skip
    ran = await exported.verified()
    assert (ran.code, "whole" in ran.out, "contracts" in ran.err) == (0, True, True), ran
    again = await exported.take()
    assert (again.code, "File exists: name another file" in again.err) == (2, True)


@pytest.mark.parametrize("tenant", ["", ACME])
async def test_forged_and_unsigned(exported: Exported, tenant: str) -> None:
    """A chain hashed anew whose roots were taken out is not whole: nothing signed speaks for it."""
    exported.change(lambda lines: without_roots(forged(lines), tenant=tenant))
    ran = await exported.verified()
    assert (ran.code, "whole" in ran.out) == (1, False), ran
    assert f"UNSIGNED payouts, chain of {ACME}: entries 1 to 30 are under no signed root" in ran.err
    assert (f"chain of {BYTE}" in ran.err) is (tenant == "")


async def test_forged_behind_an_old_root(exported: Exported) -> None:
    """Roots that were taken out are missed by the age of the entries; the file of roots convicts, though it is newer."""
    exported.change(lambda lines: without_roots(forged(lines), newer_than=1))
    ran = await exported.verified()
    assert (ran.code, "entries 11 to 30 are behind the newest root" in ran.err) == (1, True), ran
    outside = await exported.verified("--roots", exported.trail.roots_file)
    assert f"REWRITTEN payouts, chain of {ACME}: entries 21 to 30" in outside.err


async def test_forged_as_not_chained_yet(exported: Exported) -> None:
    """Entries that are said to wait for their place in the chain are under no root either."""

    def change(lines: list[Line]) -> list[Line]:
        entries = [line | {"chain": "", "sequence": 0, "hash": ""} for line in lines if line["type"] == "entry"]
        return [line for line in without_roots(lines) if line["type"] != "entry"] + entries

    exported.change(change)
    ran = await exported.verified()
    assert (ran.code, ran.err.count("UNSIGNED")) == (1, 2), ran


async def test_another_key(exported: Exported, tmp_path: Path) -> None:
    """One sentence for the service whose key was not given, and not one for each root."""
    other = tmp_path / "other-jwks.json"
    other.write_text('{"keys": []}')
    ran = await exported.verified(keys=other)
    assert (ran.code, ran.err.count("NO_KEY")) == (1, 1), ran
    assert "payouts: no key of payouts was given: 6 roots are signed with" in ran.err


async def test_what_is_newer_than_the_newest_root(exported: Exported) -> None:
    """An export is whole as of its newest root, and says so of what came behind it."""
    exported.file.unlink()
    await exported.trail.write(entry(99, occurred_at=datetime.now(UTC)))
    await Sealer(exported.trail.database, None).run()
    assert (await exported.take()).code == 0
    ran = await exported.verified()
    assert (ran.code, "whole as of its newest root" in ran.err, "1 newer entries" in ran.err) == (0, True, True), ran


async def test_a_service_that_is_not_in_it(exported: Exported) -> None:
    """Asked for, it is wrong usage; signed roots of it, or its name in the head, make it missing."""
    asked = await exported.verified("-s", "contracts")
    assert (asked.code, "has nothing of contracts: it holds payouts" in asked.err) == (2, True), asked
    roots = exported.trail.folder / "contracts-roots.jsonl"
    roots.write_text(exported.trail.roots_file.read_text().replace(SERVICE, "contracts"))
    known = await exported.verified("--roots", roots)
    assert (known.code, "MISSING contracts: the export has nothing" in known.err) == (1, True), known
    exported.change(lambda lines: lines[:1])
    cut = await exported.verified()
    assert (cut.code, "MISSING payouts: the export has nothing" in cut.err) == (1, True), cut


async def test_nothing_was_verified(exported: Exported) -> None:
    """The chain of nobody is not whole, in an export and live."""
    nobody = encode("org", UUID(int=3 << 100))
    assert f"there is no chain of {nobody}" in (await exported.verified("--organisation", nobody)).err
    async with serving(exported.trail.database, SERVICE) as address:
        at = {"KAMAI_PAYOUTS_ADDR": address, "KAMAI_TOKEN": "any"}
        live = ("audit", "verify", "-s", SERVICE, "--keys", exported.trail.jwks_file, "--organisation")
        ran = await kamai(*live, nobody, **at)
        assert (ran.code, "NOT_FOUND" in ran.err) == (1, True), ran
        assert (await kamai(*live, ACME, **at)).code == 0


async def test_nothing_stays_of_half_an_export(exported: Exported) -> None:
    """A service that is down is named, with exit code 3, and there is no file."""
    exported.file.unlink()
    before = sorted(exported.file.parent.iterdir())
    async with serving(exported.trail.database, SERVICE) as address:
        at = {"KAMAI_PAYOUTS_ADDR": address, "KAMAI_CONTRACTS_ADDR": "127.0.0.1:1", "KAMAI_TOKEN": "any"}
        ran = await kamai("audit", "export", exported.file, "-s", "payouts", "-s", "contracts", **at)
    assert (ran.code, "contracts does not answer at" in ran.err) == (3, True), ran
    assert sorted(exported.file.parent.iterdir()) == before


async def test_files_that_are_none(exported: Exported, tmp_path: Path) -> None:
    """Wrong usage has another exit code than a broken trail."""
    assert (await exported.verified("--roots", tmp_path / "none.jsonl")).code == 2
    exported.file.write_text('{"type": "service", "service": "payouts"}\n')
    assert (await exported.verified()).code == 2


async def test_folders(exported: Exported, tmp_path: Path) -> None:
    """Keys and roots of all services may lie in one folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    exported.trail.jwks_file.rename(folder / "audit-payouts-jwks.json")
    exported.trail.roots_file.rename(folder / "payouts-roots.jsonl")
    ran = await exported.verified("--roots", folder, keys=folder)
    assert (ran.code, "own roots" in ran.err) == (0, False), ran
    assert (await exported.verified("--roots", tmp_path / "folder", keys=exported.trail.folder)).code == 2


def said_to_be_of(lines: list[Line], tenant: str) -> list[Line]:
    """The one word in the head that nobody signed."""
    lines[0]["organisation_id"] = tenant
    return lines


def without_chain(lines: list[Line], tenant: str) -> list[Line]:
    """Nothing of it is left, in the head neither."""
    for service in lines[0]["services"]:
        service["chains"] = [chain for chain in service["chains"] if chain["organisation_id"] != tenant]
    return [line for line in lines if tenant not in (line.get("chain"), line["type"] == "root" and line["organisation_id"])]


async def test_a_head_that_names_one_organisation(exported: Exported) -> None:
    """A chain that was forged is found, whatever the head says the export was made of."""
    exported.change(lambda lines: said_to_be_of(forged(lines, BYTE), ACME))
    for more in ((), ("--roots", exported.trail.roots_file)):
        ran = await exported.verified(*more)
        assert (ran.code, f"REWRITTEN payouts, chain of {BYTE}: entries 21 to 30" in ran.err) == (1, True), ran
        assert "scope: every chain of payouts in the export, whose head says" in ran.err


async def test_a_chain_taken_out(exported: Exported) -> None:
    """Signed roots miss it, though the head says that the export was made of the other organisation."""
    exported.change(lambda lines: said_to_be_of(without_chain(lines, BYTE), ACME))
    alone = await exported.verified()
    assert (alone.code, f"whose head says that it was made of {ACME} alone" in alone.err) == (0, True), alone
    ran = await exported.verified("--roots", exported.trail.roots_file)
    assert (ran.code, ran.err.count("MISSING"), "TRUNCATED" in ran.err) == (1, 1, False), ran
    assert f"the export has nothing of the chain of {BYTE}, of which there are signed roots" in ran.err


async def test_one_of_two_chains(exported: Exported) -> None:
    """Asked for one alone, of an export or roots that name another, it is told what it did not verify."""
    asked = ("--organisation", ACME)
    ran = await exported.verified(*asked)
    told = f"scope: the chain of {ACME} alone of payouts; not asked for, and not verified: chain of {BYTE}"
    assert (ran.code, told in ran.err) == (0, True), ran
    exported.file.unlink()
    assert (await exported.take(*asked)).code == 0
    assert (await exported.verified(*asked)).code == 0
    assert (await exported.verified()).code == 0
    with_roots = await exported.verified(*asked, "--roots", exported.trail.roots_file)
    assert (with_roots.code, told in with_roots.err) == (0, True), with_roots


async def test_one_of_two_chains_live(exported: Exported) -> None:
    """What was asked of a service is whole by itself; that roots name another chain is said."""
    async with serving(exported.trail.database, SERVICE) as address:
        at = {"KAMAI_PAYOUTS_ADDR": address, "KAMAI_TOKEN": "any"}
        live = ("audit", "verify", "-s", SERVICE, "--keys", exported.trail.jwks_file, "--roots", exported.trail.roots_file)
        one, both = await kamai(*live, "--organisation", ACME, **at), await kamai(*live, **at)
    assert (one.code, both.code) == (0, 0), (one, both)
    assert f"the chain of {ACME} alone of payouts; not asked for, and not verified: chain of {BYTE}" in one.err
    assert "scope: every chain of payouts\n" in both.err
