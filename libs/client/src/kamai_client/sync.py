"""The same client for code without an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from google.protobuf.message import Message

from kamai_client.client import Kamai
from kamai_client.pages import items_field

T = TypeVar("T")


class _Stub:
    def __init__(self, run: Callable[[Coroutine[Any, Any, Any]], Any], stub: object) -> None:
        self._run, self._stub = run, stub

    def __getattr__(self, method: str) -> Callable[..., Any]:
        target = getattr(self._stub, method)

        async def call(*arguments: Any, **options: Any) -> Any:
            return await target(*arguments, **options)

        return lambda *arguments, **options: self._run(call(*arguments, **options))


class SyncKamai:
    """``with SyncKamai(onboarding="...", token=...) as kamai: kamai.contractors.GetContractor(request)``.

    Takes what `Kamai` takes and has the same stubs. Its calls block; one thread may use it. Server streams (WatchRun) are for
    the asynchronous client.
    """

    def __init__(self, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._options = options
        self._client: Kamai | None = None

    def __enter__(self) -> Self:
        async def make() -> Kamai:
            return Kamai(**self._options)

        self._client = self._runner.run(make())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._runner.run(self._opened().close())
        self._runner.close()
        self._client = None

    def __getattr__(self, name: str) -> Any:
        async def find() -> object:  # channels belong to the loop
            return getattr(self._opened(), name)

        return _Stub(self._runner.run, self._runner.run(find()))

    def failed_events(self, service: str) -> Any:
        """Stub for the events that `service` could not handle."""

        async def find() -> object:
            return self._opened().failed_events(service)

        return _Stub(self._runner.run, self._runner.run(find()))

    def pages(self, method: Callable[[Any], Any], request: Message) -> Iterator[Any]:
        """Every item of a List call."""
        asked: Any = type(request)()
        asked.CopyFrom(request)
        while True:
            reply = method(asked)
            yield from getattr(reply, items_field(reply))
            if not reply.next_page_token:
                return
            asked.page_token = reply.next_page_token

    def _opened(self) -> Kamai:
        if self._client is None:
            raise RuntimeError("open it first: `with SyncKamai(...) as kamai:`")
        return self._client
