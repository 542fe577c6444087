"""What every command shares: who acts, where the services are, how answers are printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.protobuf.message import Message
from rich.console import Console

from kamai_client.approvals import approval_of
from kamai_client.cli import acting, render
from kamai_client.client import Kamai
from kamai_client.pages import pages
from kamai_client.target import Target

T = TypeVar("T")
PIPE_WIDTH = 200


def console(*, stderr: bool) -> Console:
    """In a pipe or a file lines are not broken at 80 columns."""
    found = Console(stderr=stderr)
    return found if found.is_terminal else Console(stderr=stderr, width=PIPE_WIDTH)


@dataclass(frozen=True)
class Session:
    """`subject` and `acting_for` (--for) "" mean: as the token or the development default says.

    labels: what the command's parameters are called, such as ``--country``, by their names.
    """

    subject: str = ""
    acting_for: str = ""
    json: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    target: Target = field(default_factory=Target.find)
    out: Console = field(default_factory=lambda: console(stderr=False))
    err: Console = field(default_factory=lambda: console(stderr=True))

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Kamai]:
        """A development person acts for whom the request names, and shows the second factor it needs."""
        request, acting_for, approval = asked(), self.acting_for, None
        if request is not None and (self.subject or acting_for or not self.target.is_somebody):
            acting_for = acting_for or acting.organisation_of(request)
            approval = approval_of(request)
        async with self.target.client(self.subject, acting_for, approves=[approval] if approval else ()) as kamai:
            yield kamai


_session: ContextVar[Session] = ContextVar("kamai_session")
_asked: ContextVar[Message | None] = ContextVar("kamai_asked", default=None)


def current() -> Session:
    return _session.get()


def enter(session: Session) -> None:
    _session.set(session)
    _asked.set(None)


def asked() -> Message | None:
    """The request that was made last, for what is said about its fields."""
    return _asked.get()


def run(work: Callable[[Kamai], Awaitable[T]]) -> T:
    """Does something with a client of this session."""

    async def within() -> T:
        async with current().client() as kamai:
            return await work(kamai)

    return asyncio.run(within())


def call(pick: Callable[[Kamai], Callable[[Any], Awaitable[Any]]], request: Message) -> Any:
    """One call; `pick` takes the method from the client."""
    _asked.set(request)

    async def work(kamai: Kamai) -> Any:
        return await pick(kamai)(request)

    return run(work)


def show(message: Message) -> None:
    """One thing, by its fields."""
    session = current()
    if session.json:
        render.print_json(render.as_dict(message))
    else:
        render.record(session.out, message)


def show_list(
    pick: Callable[[Kamai], Callable[[Any], Awaitable[Any]]], request: Message, columns: str, limit: int, title: str = ""
) -> None:
    """The first `limit` items of a List call, over as many pages as that takes."""
    found = items(pick, request, limit)
    show_items(found[:limit], columns, title)
    say_if_more(len(found), limit)


def items(pick: Callable[[Kamai], Callable[[Any], Awaitable[Any]]], request: Message, limit: int) -> list[Any]:
    """`limit` items of a List call, and one more if there is one."""
    _asked.set(request)
    fields = request.DESCRIPTOR.fields_by_name
    asked: Any = request
    if "page_size" in fields:
        asked.page_size = min(limit + 1, 500)

    async def work(kamai: Kamai) -> list[Any]:
        found = []
        async for item in pages(pick(kamai), asked):
            found.append(item)
            if len(found) > limit:
                break
        return found

    return run(work)


def say_if_more(count: int, limit: int) -> None:
    if count > limit:
        current().err.print(f"there are more: --limit {limit * 10} shows more of them", style="dim")


def show_items(items: list[Any], columns: str, title: str = "") -> None:
    """A table; as JSON a list."""
    session = current()
    if session.json:
        render.print_json([render.as_dict(item) for item in items])
    elif items:
        render.print_table(session.out, items, columns, title)
    else:
        _say_nothing_found()


def show_section(items: list[Any], columns: str, title: str = "") -> None:
    """A table beside other things; nothing where there is nothing for it."""
    if items:
        render.print_table(current().out, items, columns, title)


def show_rows(columns: list[str], rows: list[list[str]]) -> None:
    """A table of cells."""
    if rows:
        render.print_cells(current().out, columns, rows)
    else:
        _say_nothing_found()


def _say_nothing_found() -> None:
    current().err.print("nothing found", style="dim")


def hint(text: str) -> None:
    """What to do next, beside what was shown."""
    current().err.print(f"→ {text}", style="yellow", markup=False, highlight=False)
