"""The W3C traceparent of what is being worked on: set where work comes in, added to every event it causes."""

from __future__ import annotations

import re
from contextvars import ContextVar

_FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_current: ContextVar[str] = ContextVar("kamai_traceparent", default="")


def enter(traceparent: str) -> None:
    """Remembers a well-formed traceparent for the current task; anything else counts as none."""
    _current.set(traceparent if _FORM.fullmatch(traceparent) else "")


def headers() -> dict[str, str]:
    """What to add to an outgoing event."""
    traceparent = _current.get()
    return {"traceparent": traceparent} if traceparent else {}
