"""Reads the data files beside it. A pack has versions with a first day; the one in force on a day answers for that day.

File `<country>.toml`, or `default.toml` for all others; `common.toml` holds the rules that every country shares:
    country = "PK"
    [aliases]                     # name of a document -> kind of number that is checked
    [[version]]
    version = "2026.1"
    from = 2026-01-01
    [[version.rule]]
    code, description, person_types, any_of = [["CNIC"], ["NICOP"]], capabilities, phase, due_days, source
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from onboarding.domain.capabilities import Capability
from onboarding.domain.profile import PersonType
from onboarding.domain.requirements import Phase, Rule, RulePack


class RulePackLibrary:
    """Implements the RulePacks port."""

    def pack(self, country: str, person_type: PersonType, on: date) -> RulePack:
        return _pack(country, person_type, on)

    def aliases(self, country: str) -> Mapping[str, str]:
        aliases: Mapping[str, str] = _file_of(country).get("aliases", {})
        return aliases

    def high_risk(self, country: str) -> bool:
        return country in _read("high_risk_countries")["call_for_action"]

    def countries(self) -> tuple[str, ...]:
        """Those with a pack of their own."""
        names = (file.name.removesuffix(".toml") for file in resources.files(f"{__package__}.data").iterdir())
        return tuple(sorted(name.upper() for name in names if len(name) == 2))


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(f"{__package__}.data").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(1024)
def _file_of(country: str) -> dict[str, Any]:
    try:
        return _read(country.lower())
    except FileNotFoundError:
        return _read("default")


@lru_cache(1024)
def _pack(country: str, person_type: PersonType, on: date) -> RulePack:
    own, common = _in_force(_file_of(country), on), _in_force(_read("common"), on)
    rows = [row for part in (own, common) for row in part["rule"] if person_type in row["person_types"]]
    unsupported = frozenset(Capability(name) for name in own.get("unsupported", ()))
    name = _file_of(country)["country"]
    version = f"{name}-{own['version']}+common-{common['version']}"
    return RulePack(country, version, tuple(_rule(row) for row in rows), _file_of(country).get("aliases", {}), unsupported)


def _in_force(file: Mapping[str, Any], on: date) -> Mapping[str, Any]:
    """The newest version that has begun; before the first one, the first."""
    versions = sorted(file["version"], key=lambda version: version["from"])
    begun: list[Mapping[str, Any]] = [version for version in versions if version["from"] <= on]
    return begun[-1] if begun else versions[0]


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        row["code"],
        row["description"],
        tuple(tuple(items) for items in row["any_of"]),
        tuple(Capability(name) for name in row.get("capabilities", Capability)),
        Phase(row.get("phase", "CURRENTLY_DUE")),
        row.get("due_days", 0),
    )
