"""What breaks a rule of the protos, said for people who typed a command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from kamai_client import patterns
from kamai_client.errors import FieldViolation

_PREFIX = re.compile(r"[a-z]+_")
_RULES = ("STRING_", "REQUIRED")
# Where an option is not called as the field of the request is.
_OPTION_OF = {
    "legal_name": "name", "start_date": "start", "signer_name": "name", "document_sha256": "sha256", "holder_name": "holder",
    "address_lines": "address", "identity_numbers": "id_number", "other_names": "other_name", "nationalities": "nationality",
    "skills": "skill", "purpose_code": "purpose", "candidate_etag": "etag", "bank_reference": "reference", "week_start": "week",
}  # fmt: skip


def in_words(violation: FieldViolation, request: Message | None, labels: Mapping[str, str]) -> str:
    """The message of a violation; what was given is looked up in `request` when the field is one of its own.

    labels: what the command's parameters are called, by their names.
    """
    given = _given(violation.field, request)
    if given == "" and violation.code.startswith(_RULES):
        return f"is missing{_option(violation.field, labels)}"
    said = patterns.in_words(violation.message)
    prefix = _PREFIX.match(given) if given and patterns.id_prefix(violation.message) else None
    if prefix and prefix[0] == patterns.id_prefix(violation.message):
        return f"must be {prefix[0]} and 26 digits and small letters (no i, l, o, u): copy the id whole"
    return f"{said}; this is {prefix[0]}..." if prefix else said


def _given(path: str, request: Message | None) -> str | None:
    """The text at a path of field names; None where there is something else, or more than one."""
    found: Any = request
    for name in path.split("."):
        if not isinstance(found, Message) or name not in found.DESCRIPTOR.fields_by_name:
            return None
        found = getattr(found, name)
    return found if isinstance(found, str) else None


def _option(path: str, labels: Mapping[str, str]) -> str:
    """ " (--country)", or the name of the argument, of the command that runs."""
    name = path.rpartition(".")[2]
    label = labels.get(name) or labels.get(_OPTION_OF.get(name, ""), "")
    return f" ({label})" if label else ""
