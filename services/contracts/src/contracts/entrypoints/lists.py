"""Answers of List methods: the page a request asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from chassis import ids
from chassis.rpc import pages

from contracts.app.ports import Query


class HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=HasId)


async def listed(
    request: Any, fetch: Callable[[Query], Awaitable[Sequence[T]]], states: Sequence[str] = ()
) -> tuple[Sequence[T], str]:
    """The things to give, newest first, and the next token; filters that the request does not have stay empty."""
    page = pages.of(request)
    query = Query(
        page.after,
        page.fetch,
        getattr(request, "organisation_id", ""),
        getattr(request, "contractor_id", ""),
        getattr(request, "contract_id", ""),
        states,
    )
    return pages.cut(page, await fetch(query), lambda each: ids.raw(each.id))
