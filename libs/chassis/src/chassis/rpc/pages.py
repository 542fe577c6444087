"""Pages: opaque tokens that hold the last id given and a hash of what was asked, so that a token cannot cross filters."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from chassis.errors import InvalidPageToken

T = TypeVar("T")
DEFAULT_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """What a list query needs: rows behind `after` (a UUID, None for the first page), at most `limit` + 1 of them."""

    after: UUID | None
    limit: int
    scope: bytes

    @property
    def fetch(self) -> int:
        """How many rows to ask for: one more than is given shows whether there is a next page."""
        return self.limit + 1


def _scope(request: Message) -> bytes:
    bare = type(request)()
    bare.CopyFrom(request)
    for name in ("page_token", "page_size"):
        bare.ClearField(name)
    return hashlib.sha256(request.DESCRIPTOR.full_name.encode() + bare.SerializeToString(deterministic=True)).digest()[:8]


def of(request: Any) -> Page:
    """The page a List request asks for; raises InvalidPageToken for a token that is not ours or of another filter."""
    scope = _scope(request)
    after = None
    if request.page_token:
        try:
            raw = base64.urlsafe_b64decode(request.page_token + "=" * (-len(request.page_token) % 4))
        except ValueError:
            raw = b""
        if len(raw) != 24 or raw[:8] != scope:
            raise InvalidPageToken("page_token is not from an answer to this list with these filters: start again without one")
        after = UUID(bytes=raw[8:])
    return Page(after, request.page_size or DEFAULT_SIZE, scope)


def cut(page: Page, rows: Sequence[T], last: Callable[[T], UUID]) -> tuple[Sequence[T], str]:
    """The rows to give and the next token ("" on the last page) from what the query with `page.fetch` returned."""
    if len(rows) <= page.limit:
        return rows, ""
    given = rows[: page.limit]
    token = base64.urlsafe_b64encode(page.scope + last(given[-1]).bytes).rstrip(b"=").decode()
    return given, token
