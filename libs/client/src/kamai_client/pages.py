"""Every item of a List call, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from google.protobuf.message import Message


def items_field(reply: Message) -> str:
    """Name of the one repeated field a List answer has."""
    return next(field.name for field in reply.DESCRIPTOR.fields if field.is_repeated)


async def pages(method: Callable[[Any], Awaitable[Any]], request: Message) -> AsyncIterator[Any]:
    """Gives the items of all pages of ``stub.ListSomething``, asking for the next page when it is needed.

    Raises:
        KamaiClientError: a page was refused.
    """
    asked: Any = type(request)()
    asked.CopyFrom(request)
    while True:
        reply = await method(asked)
        for item in getattr(reply, items_field(reply)):
            yield item
        if not reply.next_page_token:
            return
        asked.page_token = reply.next_page_token
