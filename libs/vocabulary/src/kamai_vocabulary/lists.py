"""Codes in use. The lists come with the pinned libraries, not with the machine, so that all replicas agree."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import iso4217


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 by IANA's table, and XK: no ISO code, but what SWIFT and the IBAN register have for Kosovo."""
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    return frozenset({line[:2] for line in table.splitlines() if line and not line.startswith("#")} | {"XK"})


@cache
def currencies() -> frozenset[str]:
    """What money can be paid in: in force by ISO 4217, with minor units (gold and test codes have none), no unit of a fund."""
    entries = iso4217.raw_xml.iterfind(".//CcyNtry")
    funds = {entry.findtext("Ccy") for entry in entries if entry.find("CcyNm[@IsFund]") is not None}
    return frozenset(currency.code for currency in iso4217.Currency if currency.exponent is not None) - funds


@cache
def time_zones() -> frozenset[str]:
    """Names of the IANA database; `Factory` is its way to say that none was set."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {"Factory"}
