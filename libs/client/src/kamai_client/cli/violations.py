"""What breaks a rule of the protos, said without the rule's regular expression."""

from __future__ import annotations

import re

from google.protobuf.message import Message

from kamai_client.errors import FieldViolation

_PATTERN = re.compile(r"does not match regex pattern `(.*)`", re.DOTALL)
_ID = re.compile(r"\^\(?([a-z]+_)\[0-7\]")
_DATE = re.compile(r"\\d\{4\}-\\d\{2\}-\\d\{2\}|\[0-9\]\{4\}-\[0-9\]\{2\}-\[0-9\]\{2\}")
_PREFIX = re.compile(r"[a-z]+_")


def in_words(violation: FieldViolation, request: Message | None) -> str:
    """The message of a violation; what was given is looked up in `request` when the field is one of its own."""
    pattern = _PATTERN.search(violation.message)
    if pattern is None:
        return violation.message
    if _DATE.search(pattern[1]):
        return "write it as 1990-05-17"
    wanted = _ID.match(pattern[1])
    if wanted is None:
        return violation.message
    return f"must be an id of the form {wanted[1]}...{_given(violation.field, request)}"


def _given(field: str, request: Message | None) -> str:
    if request is None or field not in request.DESCRIPTOR.fields_by_name:
        return ""
    value = getattr(request, field)
    prefix = _PREFIX.match(value) if isinstance(value, str) else None
    return f"; this is {prefix[0]}..." if prefix else ""
