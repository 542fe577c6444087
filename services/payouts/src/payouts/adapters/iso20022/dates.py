"""Dates of the wire. A date and time stands for the bank's own day, in the bank's own zone."""

import re
from datetime import date

from lxml.etree import _Element

from payouts.adapters.iso20022.xml_stream import MessageStream

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")


def parse_date(stream: MessageStream, element: _Element, *paths: str) -> date | None:
    """The day at the first of `paths` that is present; None when none is."""
    text = stream.first(element, *paths)
    if text is None:
        return None
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise stream.unreadable(f"{paths[0]}: {text[:40]!r} is not a date") from None
