"""`kamai demo` once, as a person runs it: a stack of its own, real parts, and the bank's records beside ours to the cent."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.xdist_group("demo")  # one demo for all of them, where tests are spread over processes

SAMPLE = Path(__file__).parents[2] / "deploy" / "local" / "demo"
BAD_ROWS = {
    "contractors.csv": "bad-date,Nobody Inparticular,,individual,31.12.1990,PK,PK,nobody@example.com,,Street 1,,,"
    "CNIC:PK:42101-5530218-7,PK,USD,,iban=PK36SCBL0000001123456702,,\n"
    "bad-digits,Ana Ejemplo,,individual,1990-12-31,ES,ES,ana@example.es,,Calle 1,,,"
    "NATIONAL_ID:ES:54362791A,DE,EUR,,iban=DE89370400440532013000,,\n",
    "timesheets.csv": "jose-qa,2026-03-10,8,,,,,,,not a Monday\n",
}


class Demo:
    """What one run left behind."""

    def __init__(self, code: int, output: str, root: Path) -> None:
        self.code, self.output, self.root = code, output, root
        self.summary: dict[str, Any] = json.loads((root / "demo" / "summary.json").read_text())
        self.payments: list[dict[str, Any]] = self.summary["payments"]

    def of(self, contractor: str) -> list[dict[str, Any]]:
        return [each for each in self.payments if each["contractor"] == contractor]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The sample input with some bad rows at the end of its files."""
    root = tmp_path_factory.mktemp("demo")
    folder = Path(shutil.copytree(SAMPLE, root / "input"))
    for name, rows in BAD_ROWS.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(rows)
    bare = {name: value for name, value in os.environ.items() if not name.startswith("KAMAI_")}
    environment = bare | {"KAMAI_LOCAL": str(root / "local"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "kamai_client", "demo", "--input", str(folder)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110, cwd=root)
    assert (root / "local" / "demo" / "summary.json").exists(), ended.stderr
    return Demo(ended.returncode, ended.stdout + ended.stderr, root / "local")


def test_everything_agrees_with_the_bank(demo: Demo) -> None:
    """Every payment, every funding account and the ledger agree to the minor unit; exit code 1 for the bad rows."""
    assert demo.code == 1, demo.output
    assert demo.summary["agrees"]
    assert [each["differs"] for each in demo.payments] == [""] * len(demo.payments)
    assert all(each["agrees"] for each in demo.summary["funding_accounts"])
    assert demo.summary["ledger"]["transactions"] > 0
    assert demo.summary["ledger"]["unbalanced_transactions"] == demo.summary["ledger"]["wrong_balances"] == 0


def test_every_special_case_is_there(demo: Demo) -> None:
    """Paid, held, rejected, returned and credited short, each exactly where the script of the bank puts it."""
    states = Counter(each["state"] for each in demo.payments)
    assert states == {"CREDITED": len(demo.payments) - 4, "HELD": 1, "REJECTED": 1, "RETURNED": 1, "SHORT_PAID": 1}
    assert len({each["country"] for each in demo.payments}) >= 10
    assert {each["currency"] for each in demo.payments} == {"USD", "EUR", "GBP"}


def test_a_closed_account_is_rejected(demo: Demo) -> None:
    """AC04 from the bank, and what is owed stays owed."""
    [payment] = demo.of("jonas-albrecht")
    assert payment["bank_record"]["status"] == "rejected"
    assert payment["bank_record"]["reason"] == "AC04"
    assert payment["obligation_state"] == "OPEN"
    assert "ACCOUNT_CLOSED" in payment["reason"]


def test_a_payment_comes_back(demo: Demo) -> None:
    """Booked first, returned two business days later, by the bank's own dates."""
    [payment] = demo.of("camille-rousset")
    assert (payment["bank_record"]["status"], payment["bank_record"]["reason"]) == ("returned", "AC06")
    assert payment["credited_minor"] == 0
    record = payment["bank_record"]
    booked, returned = date.fromisoformat(record["on"]), date.fromisoformat(record["returned_on"])
    assert (returned - booked).days == 2 + 2 * (booked.weekday() >= 3)  # a weekend may lie between
    assert f"booked on {booked}, came back on {returned}" in payment["reason"]


def test_silence_is_unknown_until_the_bank_is_asked(demo: Demo) -> None:
    """Payments of the silent account were UNKNOWN, were asked for, and are paid."""
    for payment in (*demo.of("oliver-marsh"), *demo.of("harriet-lowe")):
        assert payment["state"] == "CREDITED"
        assert "UNKNOWN, resolved by inquiry" in payment["reason"]


def test_a_short_credit(demo: Demo) -> None:
    """The beneficiary's bank credits less than was sent: known to the cent, and told to the partner bank."""
    [payment] = demo.of("bilal-ahmed")
    assert payment["credited_minor"] == payment["bank_record"]["arrived_minor"] == payment["amount_minor"] - 1500
    assert "SHORT_CREDIT" in payment["reason"]
    credited = [each["event"] for each in demo.summary["bank_events"] if each["event"].get("short_credit")]
    assert [each["to_state"] for each in credited] == ["CREDITED"]
    assert credited[0]["end_to_end_id"] == payment["end_to_end_id"]


def test_a_screened_hit_stops_the_payout(demo: Demo) -> None:
    """One at onboarding, in spite of another spelling; one after the work was accepted."""
    [held] = demo.of("victor-halloran")
    assert held["bank_record"]["status"] == "none"
    assert "SCREENING_HIT" in held["reason"]
    [stopped] = [each for each in demo.summary["stopped"] if each["contractor"] == "rustam-karimov"]
    assert "KARIMOV, Rustam Bakhtiyor" in stopped["reason"]
    assert not demo.of("rustam-karimov")


def test_bank_events_are_signed(demo: Demo) -> None:
    """Read from the partner bank's own topic: accounts and credits in order without gaps, each signature valid."""
    by_account: dict[str, list[int]] = {}
    for each in demo.summary["bank_events"]:
        assert each["signature"] == "valid"
        by_account.setdefault(each["event"]["account_id"], []).append(each["event"]["sequence"])
    assert len(by_account) == 3
    for sequences in by_account.values():
        assert sequences == list(range(1, len(sequences) + 1))


def test_totals_are_those_of_the_payments(demo: Demo) -> None:
    """summary.json agrees with itself."""
    for name in ("amount_minor", "credited_minor"):
        assert sum(each[name] for each in demo.summary["totals"]) == sum(each[name] for each in demo.payments)
    assert sum(each["count"] for each in demo.summary["totals"]) == len(demo.payments)
    for each in demo.summary["totals"]:
        assert each["credited_minor"] == each["bank_credited_minor"]


def test_bad_rows_are_told_and_the_others_go_on(demo: Demo) -> None:
    """By file, line and column; one that only the service's check digits find as well."""
    problems = demo.summary["problems"]
    assert len(problems) == 3, problems
    assert any(each.startswith("contractors.csv:25: birth_date: '31.12.1990' is not a day") for each in problems)
    assert any(each.startswith("contractors.csv:26: identity_numbers:") for each in problems)
    assert any(each.startswith("timesheets.csv:12: week_start: 2026-03-10 is not a Monday") for each in problems)
    for each in problems:
        assert demo.output.count(each) == 1


def test_nobody_is_forgotten(demo: Demo) -> None:
    """Everybody in the contractors file has a payment or is told why not and what to do, once."""
    with (SAMPLE / "contractors.csv").open(encoding="utf-8") as file:
        listed = {row["key"] for row in csv.DictReader(file)} | {"bad-date", "bad-digits"}
    ended = {each["contractor"]: each for each in demo.summary["stopped"]}
    assert len(ended) == len(demo.summary["stopped"])
    assert {each["contractor"] for each in demo.payments} == listed - ended.keys()
    assert ended.keys() <= listed
    assert all(each["reason"] and each["remedy"] for each in ended.values())
    assert ended["bad-date"]["reason"] == "not onboarded: contractors.csv:25 (birth_date)"
    assert ended["bad-digits"]["problems"][0].startswith("contractors.csv:26: identity_numbers:")
    for key in ended:
        assert f"  {key} (" in demo.output


def test_nothing_is_left_running(demo: Demo) -> None:
    """No process of the stack outlives the demo."""
    root = str(demo.root)
    left = [each.pid for each in psutil.process_iter(["cmdline"]) if any(root in part for part in each.info["cmdline"] or [])]
    assert left == []
    assert not (demo.root / "demo" / "stack" / "stack.json").exists()
