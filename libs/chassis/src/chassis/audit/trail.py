"""What a call touched, for its audit entry: aggregates as they were when it locked them and as it left them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from google.protobuf.message import Message

from chassis import ids

_MOST_SUBJECTS = 1_000
_ID = re.compile("[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}")


Digest = Callable[[bytes], bytes]


@dataclass(slots=True)
class Trail:
    """Digests by id as text: `digest` over the aggregate as JSON."""

    digest: Digest
    before: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)
    announced: dict[str, None] = field(default_factory=dict)  # ids of aggregates with events
    _organisations: set[str] = field(default_factory=set)

    def of(self, state: Any) -> bytes:
        self._organisations.add(_organisation(state))
        return self.digest(msgspec.json.encode(state, enc_hook=str))

    def subjects(self) -> list[str]:
        """Ids of all that was touched."""
        return list(self.announced | dict.fromkeys((*self.before, *self.after)))[:_MOST_SUBJECTS]

    def organisation(self) -> str:
        """The one organisation all of it is of; "" for none or several."""
        return next(iter(self._organisations)) if len(self._organisations) == 1 else ""

    def combined_before(self) -> bytes | None:
        return self._combined(self.before)

    def combined_after(self) -> bytes | None:
        return self._combined(self.after)

    def _combined(self, digests: Mapping[str, bytes]) -> bytes | None:
        """One digest for all: that of a single aggregate itself, else over ids and digests in the order of the ids."""
        if len(digests) <= 1:
            return next(iter(digests.values()), None)
        return self.digest(b"".join(key.encode() + b"\0" + digests[key] for key in sorted(digests)))


_trail: ContextVar[Trail | None] = ContextVar("kamai_audit_trail", default=None)


@contextmanager
def followed(digest: Digest) -> Iterator[Trail]:
    """Inside, `seen` and `kept` note what they are told."""
    token = _trail.set(trail := Trail(digest))
    try:
        yield trail
    finally:
        _trail.reset(token)


def seen(key: str, state: Any) -> None:
    """The aggregate as a call found it; the first time counts."""
    trail = _trail.get()
    if trail is not None and key not in trail.before and len(trail.before) < _MOST_SUBJECTS:
        trail.before[key] = trail.of(state)


def announced(keys: Iterable[str]) -> None:
    """Aggregates that events tell of."""
    trail = _trail.get()
    if trail is not None and len(trail.announced) < _MOST_SUBJECTS:
        trail.announced.update(dict.fromkeys(keys))


def _organisation(state: Any) -> str:
    found = getattr(state, "organisation_id", None)
    return ids.encode("org", found) if isinstance(found, UUID) else str(found or "")


def kept(key: str, state: Any) -> None:
    """The aggregate as the call stored it; the last time counts."""
    trail = _trail.get()
    if trail is not None and (key in trail.after or len(trail.after) < _MOST_SUBJECTS):
        trail.after[key] = trail.of(state)


def named_in(reply: Message) -> list[str]:
    """Ids of the resources, or the contractors, that a reply speaks of."""
    found: dict[str, None] = {}
    for descriptor, value in reply.ListFields():
        if descriptor.message_type is None or descriptor.message_type.GetOptions().map_entry:
            continue
        for each in value if descriptor.is_repeated else (value,):
            if name := asked_for(each):
                found[name] = None
    return list(found)[:_MOST_SUBJECTS]


def asked_for(message: Message) -> str:
    """The id of the contractor, or else the resource, that a message itself names; "" for none."""
    name = getattr(message, "contractor_id", "") or getattr(message, "id", "")
    return name if isinstance(name, str) and _ID.fullmatch(name) else ""


def organisation_of(reply: Message) -> str:
    """The organisation a reply speaks of; "" for none or several."""
    found = {
        str(getattr(value, "organisation_id", ""))
        for descriptor, value in reply.ListFields()
        if descriptor.message_type is not None and not descriptor.is_repeated
    }
    return found.pop() if len(found) == 1 else ""
