"""Terms as they are stored: JSON, with the name of the kind in a column of its own."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from contracts.domain.terms import ContractTerms, FixedTerms, Kind, SessionTerms, TimeTerms

_KINDS: dict[str, type[Kind]] = {"FIXED": FixedTerms, "TIME": TimeTerms, "SESSION": SessionTerms}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def kind_name(terms: ContractTerms) -> str:
    return _NAMES[type(terms.kind)]


def to_json(terms: ContractTerms) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(terms)
    return body


def from_json(kind: str, stored: dict[str, Any]) -> ContractTerms:
    fields = {**stored, "kind": msgspec.convert(stored["kind"], _KINDS[kind])}
    fields["start_date"] = date.fromisoformat(stored["start_date"])
    fields["end_date"] = date.fromisoformat(stored["end_date"]) if stored["end_date"] else None
    return ContractTerms(**fields)
