"""Nobody in the contractors file is forgotten: each has a payment, or is told with the reason and what to do."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from kamai_client.demo.inputs import batch
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.stopped import Progress, Stopped, stopped

SAMPLE = Path(__file__).parents[3] / "deploy" / "local" / "demo"
BAD = (
    "bad-date,Nobody,,individual,31.12.1990,PK,PK,n@example.com,,S 1,,,CNIC:PK:42101-5530218-7,PK,USD,,iban=PK36X,,",
    "bilal-ahmed,Twice Over,,individual,1990-12-31,PK,PK,n@example.com,,S 1,,,CNIC:PK:42101-5530218-7,PK,USD,,iban=PK36X,,",
    ",No Key,,individual,1990-12-31,PK,PK,n@example.com,,S 1,,,CNIC:PK:42101-5530218-7,PK,USD,,iban=PK36X,,",
    "short-row,Too Few,,individual",
    "no-contract,Ana Ejemplo,,individual,1990-12-31,ES,ES,a@example.es,,Calle 1,,,NATIONAL_ID:ES:54362791A,DE,EUR,,"
    "iban=DE89370400440532013000,,",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample with bad rows, someone without a contract, and contracts and work that are bad."""
    made = Path(shutil.copytree(SAMPLE, tmp_path / "input"))
    with (made / "contractors.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in BAD)
    for name, old, new in (
        ("contracts.csv", "ayesha-malik,LR-2026-0411", "ayesha-malik,NO-SUCH-ORDER"),
        ("timesheets.csv", "thiago-driver,2026-", "thiago-driver,2025-"),
    ):
        text = (made / name).read_text(encoding="utf-8")
        assert old in text
        (made / name).write_text(text.replace(old, new), encoding="utf-8")
    return made


def found_in(folder: Path, *later: Problem, without: tuple[str, ...] = ()) -> dict[str, Stopped]:
    """When all good rows go through but `without`, whose contracts are not signed."""
    given = batch.read(folder)
    approved = {each.key for each in given.contractors} - {"rustam-karimov"}
    decided = {"rustam-karimov": ("on a list", "nothing")}
    signed = {each.contractor.key for each in given.contracts} - set(without)
    worked = {each.contractor.key for each in given.contracts if each.milestones}
    worked |= {each.contract.contractor.key for each in (*given.timesheets, *given.sessions)}
    invoiced = worked & signed & approved
    ended = stopped(given, (*given.problems, *later), Progress(decided, approved, signed, invoiced))
    with (folder / "contractors.csv").open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    assert len(invoiced) + len(ended) == rows
    assert len({each.contractor for each in ended} | invoiced) == rows
    return {each.contractor: each for each in ended}


def test_everybody_is_told_once(folder: Path) -> None:
    """Bad, doubled and keyless rows, no contract, a bad contract, bad work, a hit: each with a reason and a remedy."""
    ended = found_in(folder)
    assert {key: each.reason for key, each in ended.items()} == {
        "rustam-karimov": "on a list",
        "bad-date": "not onboarded: contractors.csv:25 (birth_date)",
        "contractors.csv:26": "not onboarded: contractors.csv:26 (key)",
        "contractors.csv:27": "not onboarded: contractors.csv:27 (key)",
        "short-row": "not onboarded: contractors.csv:28",
        "no-contract": "no row of contracts.csv names them",
        "ayesha-malik": "no contract signed: contracts.csv:3 (purchase_order)",
        "thiago-nunes": "nothing to invoice: timesheets.csv:6 (week_start)",
    }
    assert all(each.remedy for each in ended.values())
    assert ended["bad-date"].name == "Nobody"
    assert ended["bad-date"].problems[0].startswith("contractors.csv:25: birth_date: '31.12.1990' is not a day")


def test_what_a_service_refused(folder: Path) -> None:
    """A contract that could not be signed stops its contractor, and says where."""
    refused = Problem("contracts.csv", 15, "", "purchase order LR-2026-0411 does not cover it", "dana-whitfield")
    ended = found_in(folder, refused, without=("dana-whitfield",))
    assert ended["dana-whitfield"].reason == "no contract signed: contracts.csv:15"
    assert ended["dana-whitfield"].remedy == "mend the row and run the demo again"


def test_work_that_was_not_handed_in(folder: Path) -> None:
    """Work that is not handed in is no fault, and is said."""
    text = (folder / "sessions.csv").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.startswith("harriet-interviews")]
    (folder / "sessions.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert found_in(folder)["harriet-lowe"].reason == "signed, but no work was handed in and accepted"


def test_the_row_that_is_to_be_mended(folder: Path) -> None:
    """Who only depends on a bad row is told which one it is."""
    text = (folder / "organisations.csv").read_text(encoding="utf-8")
    assert "lakeshore,Lakeshore Robotics Inc,US" in text
    (folder / "organisations.csv").write_text(text.replace("Lakeshore Robotics Inc,US", "Lakeshore Robotics Inc,UK"))
    bilal = found_in(folder)["bilal-ahmed"]
    assert bilal.reason == (
        "no contract signed: contracts.csv:2 (purchase_order), because of purchase_orders.csv:2 (organisation),"
        " because of organisations.csv:2 (country)"
    )
    assert any(each.startswith("organisations.csv:2: country: ") for each in bilal.problems)
