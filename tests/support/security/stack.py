"""A stack of one's own with the data of the demo in it."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from devstack.options import SERVICES
from devstack.progress import Progress
from devstack.stack import Stack
from kamai_client.demo import flow
from kamai_client.demo.inputs import batch
from kamai_client.demo.stack import SETTINGS
from kamai_client.target import Target
from rich.console import Console

from support.security.walk import Place
from support.services import NO_LIMITS

SAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "local" / "demo"
# A walk calls as fast as it can; limits have tests of their own.
_LIMITS = {f"KAMAI_{name.upper()}": str(value) for name, value in NO_LIMITS.items()}
_ENVIRONMENT = {name: _LIMITS | (SETTINGS if name == "payouts" else {}) for name in SERVICES}
PARTS = ("postgres", "kafka", "bank", *SERVICES)


class DemoFailed(Exception):
    """The demo did not end well, so a walk over its data tells nothing."""


@asynccontextmanager
async def started(root: Path, on_progress: Callable[[Progress], None] = lambda _: None) -> AsyncIterator[Stack]:
    """Below `root` on ports of its own, from nothing; it ends with the context, and whatever else is up stays as it is.

    Raises:
        StackError: it could not be started.
    """
    for each in ("data", "keys", "audit"):
        shutil.rmtree(root / each, ignore_errors=True)
    stack = Stack(root, extra_env=_ENVIRONMENT, provider="embedded", fast=True, on_progress=on_progress)
    await asyncio.to_thread(stack.start)
    try:
        yield stack
    finally:
        await asyncio.to_thread(stack.stop)


async def with_demo(stack: Stack, console: Console) -> Place:
    """The stack after the demo; `console` shows how far it is.

    Raises:
        DemoFailed: something of it was refused or does not agree with its bank.
    """
    target = Target.of(stack.client_env())
    outcome = await flow.run(batch.read(SAMPLE), target, console, time.monotonic())
    if outcome.problems or not outcome.agrees:
        raise DemoFailed("; ".join([str(each) for each in outcome.problems][:5]) or "its bank's records differ")
    return Place(target, stack.postgres.admin_dsn, {name: stack.layout.log(name) for name in SERVICES})
