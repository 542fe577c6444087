"""The demo's input with marks in it: whatever is personal there, in forms that occur nowhere else."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

# Their names decide whether they are screened hits: the names stay, and the lists have them in another order.
ON_A_LIST = {"victor-halloran", "rustam-karimov"}
SHORTEST = 8


def marked_copy(sample: Path, folder: Path) -> dict[str, str]:
    """Copies the input to `folder`; the marks in it by what they are ("contractor bilal-ahmed email")."""
    shutil.copytree(sample, folder)
    marks: dict[str, str] = {}
    _rewrite(folder / "contractors.csv", marks, _person)
    _rewrite(folder / "organisations.csv", marks, _organisation)
    return marks


def _rewrite(file: Path, marks: dict[str, str], mark: object) -> None:
    with file.open(encoding="utf-8", newline="") as source:
        reader = csv.DictReader(source)
        columns, rows = list(reader.fieldnames or []), list(reader)
    for number, row in enumerate(rows):
        for what, value in mark(row, _word(file.stem, number)):  # type: ignore[operator]
            marks[f"{file.stem} {row['key']} {what}"] = value
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, columns)
        writer.writeheader()
        writer.writerows(rows)


def _word(kind: str, number: int) -> str:
    """A word of letters only, which no language has."""
    return f"zq{kind[:1]}vx" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}") + "kjw"


def _person(row: dict[str, str], word: str) -> Iterator[tuple[str, str]]:
    if row["key"] not in ON_A_LIST:
        row["legal_name"] += f" {word.title()}"
        row["other_names"] = ";".join(filter(None, [row["other_names"], f"{word.title()}na Other"]))
        yield "name", word
        yield "other name", f"{word}na other"
    else:
        yield "name", row["legal_name"]
    row["email"] = f"{word}.mail@example.com"
    row["address"] = f"{word}street 7;" + row["address"]
    yield "email", f"{word}.mail"
    yield "address", f"{word}street"
    yield "phone", row["phone"].removeprefix("+")
    yield "birth date", row["birth_date"]
    for part in row["identity_numbers"].split(";"):
        number = part.rpartition(":")[2]
        yield "identity number", number
        yield "identity number in one piece", re.sub(r"\W", "", number)
    for part in row["account_fields"].split(";"):
        name, _, value = part.partition("=")
        if name in {"iban", "account_number"}:
            yield name, value


def _organisation(row: dict[str, str], word: str) -> Iterator[tuple[str, str]]:
    row["signer"] += f" {word.title()}"
    yield "signer", word
