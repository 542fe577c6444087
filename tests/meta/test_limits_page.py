"""The limits that docs/security.md names are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from chassis.settings import ServiceSettings

PAGE = Path(__file__).parents[2] / "docs/security.md"
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<limit>[^|]+) \| (?P<settings>`KAMAI_[^|]+) \|$", re.MULTILINE)


def rows() -> list[tuple[str, str, list[str]]]:
    section = PAGE.read_text().partition("## Limits")[2].partition("\n## ")[0]
    return [(m["what"], m["limit"], re.findall(r"KAMAI_([A-Z_]+)", m["settings"])) for m in ROW.finditer(section)]


def test_every_limit_is_on_the_page() -> None:
    """Each setting of a limit is named once, and nothing is named that is no setting."""
    named = [name.lower() for _, _, settings in rows() for name in settings]
    limits = {name for name in ServiceSettings.model_fields if name.startswith(("limit_", "max_"))}
    assert sorted(named) == sorted(limits)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_the_numbers_are_the_defaults(row: tuple[str, str, list[str]]) -> None:
    """The numbers of a row are the defaults of its settings, in their order."""
    _, limit, settings = row
    numbers = [float(number) for number in re.findall(r"\d+", limit)]
    assert numbers == [float(ServiceSettings.model_fields[name.lower()].default) for name in settings]
