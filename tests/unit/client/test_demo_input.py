"""The demo's input files: every bad row is told with file, line and column, and the good ones stay."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kamai_client.demo.inputs import batch
from kamai_client.demo.inputs.batch import Batch

SAMPLE = Path(__file__).parents[3] / "deploy" / "local" / "demo"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample input."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "input"))


def edit(folder: Path, file: str, row: int, **values: str) -> None:
    """Changes cells of a row; 2 is the first one below the heading."""
    with (folder / file).open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    rows[row - 2].update(values)
    with (folder / file).open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit_bank(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    content = json.loads((folder / "bank.json").read_text())
    change(content)
    (folder / "bank.json").write_text(json.dumps(content))


def told(found: Batch) -> list[str]:
    return [str(problem) for problem in found.problems]


def test_the_sample_is_good_and_rich() -> None:
    """16 contractors or more, 10 countries or more, every special case there."""
    found = batch.read(SAMPLE)
    assert told(found) == []
    countries = {each.profile.country for each in found.contractors}
    assert len(found.contractors) >= 16
    assert countries >= {"PK", "IN", "AE", "PH", "NG", "BR", "US", "GB", "DE", "KE"}
    assert {each.kind for each in found.contracts} == {"fixed", "hourly", "daily", "sessions"}
    assert {each.currency for each in found.bank.funding} == {"USD", "EUR", "GBP"}
    assert found.bank.closed
    assert found.bank.returns
    assert found.bank.short_credits
    assert any(each.silent for each in found.bank.funding)
    assert found.watchlist
    assert found.late_watchlist


@pytest.mark.parametrize(
    ("file", "row", "values", "said"),
    [
        ("contractors.csv", 3, {"key": ""}, "contractors.csv:3: key: is empty"),
        ("contractors.csv", 3, {"key": "bilal-ahmed"}, "contractors.csv:3: key: 'bilal-ahmed' is there twice"),
        ("contractors.csv", 3, {"legal_name": " "}, "contractors.csv:3: legal_name: is empty"),
        ("contractors.csv", 3, {"birth_date": "30.09.1994"}, "contractors.csv:3: birth_date: '30.09.1994' is not a day"),
        ("contractors.csv", 3, {"country": "Pakistan"}, "contractors.csv:3: country:"),
        ("contractors.csv", 3, {"email": "ayesha.example.com"}, "contractors.csv:3: email:"),
        ("contractors.csv", 3, {"phone": "0321 1110002"}, "contractors.csv:3: phone:"),
        ("contractors.csv", 3, {"person_type": "robot"}, "contractors.csv:3: person_type: 'robot' is none of individual"),
        ("contractors.csv", 3, {"identity_numbers": "42101"}, "contractors.csv:3: identity_numbers: '42101' is not KIND:COUNTRY"),
        ("contractors.csv", 3, {"payout_currency": "RUPEE"}, "contractors.csv:3: payout_currency: 'RUPEE' is not an ISO 4217"),
        ("contractors.csv", 3, {"account_fields": "PK36"}, "contractors.csv:3: account_fields: 'PK36' is not NAME=VALUE"),
        ("contractors.csv", 3, {"partner_bank": "Indus Bank"}, "contractors.csv:3: partner_bank:"),
        ("organisations.csv", 3, {"country": "USA"}, "organisations.csv:3: country: must be a country's ISO 3166"),
        ("contractors.csv", 3, {"country": "UK"}, "contractors.csv:3: country: must be a country's ISO 3166-1"),
        ("contractors.csv", 3, {"payout_country": "UK"}, "contractors.csv:3: payout_country: must be a country's"),
        ("contractors.csv", 3, {"nationalities": "PK;UK"}, "contractors.csv:3: nationalities: must be a country's"),
        ("contractors.csv", 3, {"identity_numbers": "CNIC:UK:1-2"}, "contractors.csv:3: identity_numbers: must be a country's"),
        ("contractors.csv", 3, {"time_zone": "Mars/Base"}, "contractors.csv:3: time_zone: must be a name of the IANA"),
        ("contractors.csv", 3, {"payout_currency": "CHE"}, "contractors.csv:3: payout_currency: must be the ISO 4217"),
        ("contractors.csv", 3, {"phone": "0321"}, "contractors.csv:3: phone: write it as +923001234567"),
        ("organisations.csv", 3, {"country": "UK"}, "organisations.csv:3: country: must be a country's ISO 3166"),
        ("purchase_orders.csv", 2, {"ceiling": "9" * 16}, "ceiling: '9999999999999999' is too large: at most 10,000,000,000,000"),
        ("purchase_orders.csv", 2, {"ceiling": "9" * 99}, "purchase_orders.csv:2: ceiling: '999999999999"),
        ("purchase_orders.csv", 2, {"tolerance_bps": "20000"}, "purchase_orders.csv:2: tolerance_bps:"),
        ("contracts.csv", 3, {"payment_due_days": "121"}, "contracts.csv:3: payment_due_days:"),
        ("contracts.csv", 3, {"weekly_cap": "200"}, "contracts.csv:3: weekly_cap:"),
        ("contracts.csv", 4, {"urgency": "24=60000"}, "contracts.csv:4: urgency:"),
        ("milestones.csv", 2, {"title": "x" * 300}, "milestones.csv:2: title:"),
        ("timesheets.csv", 2, {"note": "x" * 600}, "timesheets.csv:2: note:"),
        ("purchase_orders.csv", 2, {"ceiling": "60,000"}, "purchase_orders.csv:2: ceiling: '60,000' is not an amount"),
        ("purchase_orders.csv", 2, {"ceiling": "-5"}, "purchase_orders.csv:2: ceiling: '-5' is not greater than zero"),
        ("purchase_orders.csv", 2, {"organisation": "acme"}, "purchase_orders.csv:2: organisation: there is no acme"),
        ("contracts.csv", 2, {"kind": "retainer"}, "contracts.csv:2: kind: 'retainer' is none of fixed, hourly, daily, sessions"),
        ("contracts.csv", 2, {"contractor": "nobody"}, "contracts.csv:2: contractor: there is no nobody in contractors.csv"),
        ("contracts.csv", 2, {"purchase_order": "TH-2026-17"}, "contracts.csv:2: purchase_order: is in GBP, but bilal-ahmed"),
        ("contracts.csv", 3, {"rate": "38.001"}, "contracts.csv:3: rate: '38.001' is not an amount of USD, which has 2 decimals"),
        ("contracts.csv", 3, {"weekly_cap": "a lot"}, "contracts.csv:3: weekly_cap: 'a lot' is not a number"),
        ("contracts.csv", 4, {"urgency": "soon=25"}, "contracts.csv:4: urgency: soon=25 is not HOURS=BASIS_POINTS"),
        ("contracts.csv", 4, {"rates": "golang=cheap"}, "contracts.csv:4: rates: golang: 'cheap' is not an amount"),
        ("milestones.csv", 2, {"amount": ""}, "milestones.csv:2: amount: is empty"),
        ("milestones.csv", 2, {"contract": "jose-qa"}, "milestones.csv:2: contract: jose-qa is not a fixed contract"),
        ("milestones.csv", 2, {"delivered": "maybe"}, "milestones.csv:2: delivered: 'maybe' is none of yes, no"),
        ("timesheets.csv", 2, {"week_start": "2026-03-03"}, "timesheets.csv:2: week_start: 2026-03-03 is not a Monday"),
        ("timesheets.csv", 2, {"mon": "25"}, "timesheets.csv:2: mon: a day has no more than 24 hours"),
        ("timesheets.csv", 2, {"tue": "8h"}, "timesheets.csv:2: tue: '8h' is not a number"),
        ("timesheets.csv", 2, {"contract": "priya-lake"}, "timesheets.csv:2: contract: priya-lake is a fixed contract"),
        ("sessions.csv", 2, {"skill": "cobol"}, "sessions.csv:2: skill: 'cobol' has no rate in contract hamza-interviews"),
        ("sessions.csv", 2, {"start": "tomorrow"}, "sessions.csv:2: start: 'tomorrow' is not a moment"),
        ("sessions.csv", 2, {"minutes": "0"}, "sessions.csv:2: minutes: must be between 1 and 1440"),
        ("sessions.csv", 2, {"minutes": "an hour"}, "sessions.csv:2: minutes: 'an hour' is not a whole number"),
        ("sessions.csv", 2, {"outcome": "great"}, "sessions.csv:2: outcome: 'great' is none of held, not-yet"),
    ],
)  # fmt: skip
def test_a_bad_row(folder: Path, file: str, row: int, values: dict[str, str], said: str) -> None:
    """One fault: told with file, line and column; nothing else of the file is lost."""
    edit(folder, file, row, **values)
    found = batch.read(folder)
    assert any(said in line for line in told(found)), told(found)
    assert len(found.contractors) >= 22
    assert len(found.contracts) >= 9


def test_all_faults_of_a_row_at_once(folder: Path) -> None:
    """Nobody has to mend and try again four times."""
    edit(folder, "contractors.csv", 3, birth_date="x", email="x", payout_currency="x", country="x")
    columns = {problem.column for problem in batch.read(folder).problems if problem.line == 3}
    assert columns >= {"birth_date", "email", "payout_currency", "country"}


@pytest.mark.parametrize("contract", [{"contractor": "nobody"}, {"purchase_order": "nothing"}, {"start_date": "soon"}])
def test_all_faults_of_a_row_whose_contract_is_bad(folder: Path, contract: dict[str, str]) -> None:
    """What can be said without the contract is said; with it, there is nothing new."""
    edit(folder, "contracts.csv", 2, **contract)
    edit(folder, "contracts.csv", 3, **contract, rate="-1", budget="1e3", weekly_cap="")
    edit(folder, "contracts.csv", 4, **contract, rates="golang=0", urgency="²=5")
    edit(folder, "milestones.csv", 2, amount="12,50", due_date="x", delivered="?")
    edit(folder, "timesheets.csv", 2, week_start="2026-03-03", mon="x", tue="25")
    edit(folder, "sessions.csv", 2, minutes="²", start="x", outcome="x")
    found = batch.read(folder).problems
    told_of = {(each.file, each.line, each.column) for each in found}
    assert told_of >= {("contracts.csv", 3, column) for column in ("rate", "budget", "weekly_cap", *contract)}
    assert told_of >= {("contracts.csv", 4, column) for column in ("rates", "urgency")}
    assert told_of >= {("milestones.csv", 2, column) for column in ("contract", "amount", "due_date", "delivered")}
    assert told_of >= {("timesheets.csv", 2, column) for column in ("contract", "week_start", "mon", "tue")}
    assert told_of >= {("sessions.csv", 2, column) for column in ("contract", "minutes", "start", "outcome")}
    assert len({str(each) for each in found}) == len(found)


def test_numbers_no_service_could_take(folder: Path) -> None:
    """Too large for the field they go into: told like any other fault."""
    edit(folder, "contracts.csv", 3, payment_due_days="99999999999", weekly_cap="99999999")
    lines = told(batch.read(folder))
    assert "contracts.csv:3: payment_due_days: '99999999999' is too large" in lines
    assert "contracts.csv:3: weekly_cap: '99999999' is too large" in lines


def test_a_reference_to_a_bad_row_says_so(folder: Path) -> None:
    """The contract of a bad contractor is left out, and so is its work, each with the place of the first fault."""
    edit(folder, "contractors.csv", 2, birth_date="x")
    found = batch.read(folder)
    assert "contracts.csv:2: contractor: refers to bilal-ahmed, whose row is bad (contractors.csv:2)" in told(found)
    assert "milestones.csv:2: contract: refers to bilal-pipeline, whose row is bad (contracts.csv:2)" in told(found)
    assert "bank.json short_credits[1]: contractor: refers to bilal-ahmed, whose row is bad (contractors.csv:2)" in told(found)
    assert len(found.contractors) == 22
    assert len(found.contracts) == 22


def test_line_numbers_count_lines_of_the_file(folder: Path) -> None:
    """A quoted field with a line break moves the rows behind it, as in an editor."""
    edit(folder, "milestones.csv", 2, note="two\nlines")
    edit(folder, "milestones.csv", 4, amount="x")
    [problem] = [each for each in batch.read(folder).problems if each.column == "amount"]
    assert problem.line == 5


def test_a_bad_milestone_leaves_the_others(folder: Path) -> None:
    """Only a fixed contract without any good milestone is bad itself."""
    edit(folder, "milestones.csv", 2, amount="x")
    edit(folder, "milestones.csv", 7, amount="x")
    found = batch.read(folder)
    keys = {each.key for each in found.contracts}
    assert "bilal-pipeline" in keys
    assert "maria-docs" not in keys
    assert any("fixed, but no good row of milestones.csv names it" in line for line in told(found))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"key,legal_name\nx,y\n", "organisations.csv:1: country: this column is missing"),
        (b"key,legal_name,country,signer,colour\nx,Y,US,Z,red\n", "organisations.csv:1: colour: unknown column"),
        (b"key,key,legal_name,country,signer\nx,x,Y,US,Z\n", "organisations.csv:1: key: this column is there twice"),
        (b"key,legal_name,country,signer\nx,Y,US\n", "organisations.csv:2: has 3 columns, the heading has 4"),
        (b'key,legal_name,country,signer\nx,"Y,US,Z\n', "organisations.csv:2: is not CSV"),
        (b"key,legal_name,country,signer\nx,\xff\xfe,US,Z\n", "organisations.csv:2: is not UTF-8"),
        (b"", "organisations.csv: is empty"),
    ],
)
def test_a_bad_file(folder: Path, content: bytes, said: str) -> None:
    """A file that is no table is told as such; the other files are read all the same."""
    (folder / "organisations.csv").write_bytes(content)
    found = batch.read(folder)
    assert any(line.startswith(said) for line in told(found)), told(found)
    assert len(found.contractors) == 23


FILES = [
    "organisations.csv", "purchase_orders.csv", "contractors.csv", "contracts.csv", "milestones.csv", "timesheets.csv",
    "sessions.csv", "bank.json",
]  # fmt: skip


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: b"", ": is empty"),
        (lambda content: b"\xef\xbb\xbf \n", ": is empty"),
        (lambda content: content.replace(b"\n", b"\n\xe9", 1), ":2: is not UTF-8"),
        (lambda content: content.decode().encode("utf-16"), ":1: is not UTF-8"),
    ],
)
def test_a_file_of_no_use_is_told_once(folder: Path, file: str, spoil: Callable[[bytes], bytes], said: str) -> None:
    """By its cause, and not again by every row that misses what is in it; nothing is done with such an input."""
    (folder / file).write_bytes(spoil((folder / file).read_bytes()))
    found = batch.read(folder)
    [line] = told(found)
    assert line.startswith(file + said)
    assert not found.usable


@pytest.mark.parametrize("file", [name for name in FILES if name.endswith(".csv")])
@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator(folder: Path, file: str, separator: str, name: str) -> None:
    """What spreadsheets of many countries write is called by its name, once."""
    with (folder / file).open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))
    with (folder / file).open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, delimiter=separator).writerows(rows)
    assert told(batch.read(folder)) == [f"{file}:1: has {name} between its columns: save it as CSV with commas"]


@pytest.mark.parametrize("file", FILES[:4])
def test_a_file_without_rows(folder: Path, file: str) -> None:
    """A heading alone is of no use where rows are needed."""
    heading = (folder / file).read_text().splitlines()[0]
    (folder / file).write_text(heading + "\n")
    assert told(batch.read(folder)) == [f"{file}: has no rows below its heading"]


def test_the_cause_comes_first(folder: Path) -> None:
    """Before what is wrong with rows of other files."""
    edit(folder, "organisations.csv", 3, country="USA")
    (folder / "sessions.csv").write_bytes(b"")
    lines = told(batch.read(folder))
    assert lines[0] == "sessions.csv: is empty"
    assert lines[1].startswith("organisations.csv:3: country:")


def test_problems_come_in_the_order_of_the_files(folder: Path) -> None:
    """And of their lines, so that a person mends them from the top to the bottom."""
    edit(folder, "contracts.csv", 4, start_date="x")
    edit(folder, "contractors.csv", 9, email="x")
    edit(folder, "contractors.csv", 3, email="x")
    edit(folder, "contracts.csv", 2, start_date="x")
    order = [(each.file, each.line) for each in batch.read(folder).problems if each.column in ("email", "start_date")]
    assert order == [("contractors.csv", 3), ("contractors.csv", 9), ("contracts.csv", 2), ("contracts.csv", 4)]


@pytest.mark.parametrize("name", ["watchlist", "watchlist-late"])
def test_a_list_lacks_a_file(folder: Path, name: str) -> None:
    """A list without its other names would let people through: told once each, before anything is done."""
    (folder / name / "add.csv").unlink()
    (folder / name / "alt.csv").unlink()
    found = batch.read(folder)
    assert told(found) == [f"{name}/add.csv: is missing", f"{name}/alt.csv: is missing"]
    assert not found.usable


def test_a_missing_file(folder: Path) -> None:
    """Said by name; files that may be left out are not missed."""
    for name in ("contractors.csv", "timesheets.csv", "sessions.csv"):
        (folder / name).unlink()
    lines = told(batch.read(folder))
    assert lines == ["contractors.csv: is missing"]


def test_no_watchlist(folder: Path) -> None:
    """Nobody can be screened without one."""
    shutil.rmtree(folder / "watchlist")
    found = batch.read(folder)
    assert not found.usable
    assert any("nobody can be screened" in line for line in told(found))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["funding_accounts"][0].update(iban="NL08MOCK0000001001"), "bank.json funding_accounts[1]: iban: "),
        (lambda c: c["funding_accounts"][0].update(bic="x"), "bank.json funding_accounts[1]: bic: must be a BIC"),
        (lambda c: c["funding_accounts"][0].update(deposit="much"), "bank.json funding_accounts[1]: deposit: 'much'"),
        (lambda c: c["funding_accounts"][0].update(colour="red"), "bank.json funding_accounts[1]: colour: unknown"),
        (lambda c: c["closed_accounts"].append({"contractor": "dana-whitfield"}), "dana-whitfield has no IBAN"),
        (lambda c: c["returns"][0].update(contractor="nobody"), "bank.json returns[1]: contractor: there is no nobody"),
        (lambda c: c["returns"][0].update(days="soon"), "bank.json returns[1]: days: 'soon' is not a whole number"),
        (lambda c: c["short_credits"][0].update(contractor="klara-vogt"), "klara-vogt has no partner bank"),
        (lambda c: c["short_credits"].append("x"), "bank.json short_credits[2]: must be an object"),
        (lambda c: c.update(surprises=[]), "bank.json: surprises: unknown"),
    ],
)
def test_a_bad_entry_of_the_bank(folder: Path, change: Callable[[dict[str, Any]], Any], said: str) -> None:
    """The bank's script is checked entry by entry."""
    edit_bank(folder, change)
    assert any(said in line for line in told(batch.read(folder))), told(batch.read(folder))


def test_a_bank_file_that_is_no_json(folder: Path) -> None:
    """With the line at which it stops being JSON."""
    (folder / "bank.json").write_text('{\n  "returns": [,]\n}')
    assert any(line.startswith("bank.json:2: is not JSON") for line in told(batch.read(folder)))
