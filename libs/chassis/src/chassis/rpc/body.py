"""The one message of a call, read by us and not by gRPC: its handlers of unary methods wait for it, without end, before any code
of ours runs. So a call is known, allowed and counted first, and refused without a look at its message."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import grpc
from grpc_status import rpc_status

from chassis import errors
from chassis.rpc import status

_ending: set[asyncio.Task[None]] = set()  # the loop itself keeps no task alive


async def message(context: Any, within_s: float) -> bytes:
    """The message of the call; ends the call with DEADLINE_EXCEEDED and raises AbortError when it does not come in time."""
    late = asyncio.get_running_loop().call_later(within_s, _give_up, context, within_s)
    try:
        raw = await context.read()
    finally:
        late.cancel()
    if raw is grpc.aio.EOF:
        await asyncio.sleep(0)  # of a caller that went away it looks the same: then this is cancelled here
        raise errors.MalformedMessage("the call came without a message: send one")
    assert isinstance(raw, bytes)
    return raw


def _give_up(context: Any, within_s: float) -> None:
    task = asyncio.create_task(_abort(context, within_s))
    _ending.add(task)
    task.add_done_callback(_ending.discard)


async def _abort(context: Any, within_s: float) -> None:
    """Ends the call, and so the pending read. To cancel the read instead would free a buffer that gRPC's core still writes to."""
    late = errors.DeadlineExceeded(f"the message did not come within {within_s:g} s: repeat with the same request_id")
    with contextlib.suppress(grpc.aio.BaseError):  # AbortError always; another when the caller went away just now
        await context.abort_with_status(rpc_status.to_status(status.of(late)))
