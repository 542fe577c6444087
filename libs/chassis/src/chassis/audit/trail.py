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
    told: dict[str, None] = field(default_factory=dict)  # keys of events whose handlers ran
    named: dict[str, None] = field(default_factory=dict)  # ids that were touched, without a digest
    _organisations: set[str] = field(default_factory=set)
    _states: int = 0
    _states_before: int = 0

    def of(self, state: Any) -> bytes:
        self._states += 1
        self._organisations.add(_organisation(state))
        return self.digest(msgspec.json.encode(state, enc_hook=str))

    def subjects(self) -> list[str]:
        """Ids of all that was touched; those that lead to the others come first."""
        return list(self.told | dict.fromkeys((*self.before, *self.after)) | self.named)[:_MOST_SUBJECTS]

    def begin(self, key: str) -> None:
        """What follows is the handling of an event of `key`."""
        self._end()
        self.told[key] = None
        self._states_before = self._states

    def _end(self) -> None:
        """An event whose handler took no state in hand is no organisation's."""
        if self.told and self._states == self._states_before:
            self._organisations.add("")

    def organisation(self) -> str:
        """The one organisation all of it is of; "" for none or several."""
        self._end()
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


def touched(keys: Iterable[str]) -> None:
    """What was written, or what events tell of, where there is no state to take a digest of."""
    trail = _trail.get()
    if trail is not None and len(trail.named) < _MOST_SUBJECTS:
        trail.named.update(dict.fromkeys(keys))


def handling(key: str) -> None:
    """Before the handler of an event of the aggregate `key`: whatever it does, the entry names it."""
    trail = _trail.get()
    if trail is not None:
        trail.begin(key)


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
