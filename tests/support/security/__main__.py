"""`make security-report`: a stack of its own below .local/security, the data of the demo, the walk, a table and report.json."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from devstack.errors import StackError
from devstack.part import PartState
from devstack.progress import Progress
from kamai_client.demo.progress import Stage, Stages
from kamai_client.demo.waiting import DemoError
from kamai_client.errors import KamaiClientError
from rich.console import Console

from support.security import report
from support.security.samples import SampleMissing
from support.security.stack import PARTS, DemoFailed, started, with_demo
from support.security.walk import Findings, walk

PLACE = Path(__file__).resolve().parents[3] / ".local" / "security"
_WIDE = 190  # of the table where there is no terminal
_FAILURES = (StackError, SampleMissing, DemoFailed, DemoError, KamaiClientError, TimeoutError)


async def _findings(err: Console) -> Findings:
    async with AsyncExitStack() as until_the_end:
        with Stages(err) as stages, stages.stage("start a stack for the walk", len(PARTS)) as stage:
            ready: set[str] = set()

            def part(step: Progress) -> None:
                if step.state is PartState.READY:
                    ready.add(step.part)
                    stage.reach(len(ready), step.part)

            stack = await until_the_end.enter_async_context(started(PLACE / "stack", part))
        place = await with_demo(stack, err)
        with Stages(err) as stages:
            bars: dict[str, Stage] = {}

            def calls(what: str, done: int, total: int) -> None:
                if what not in bars:
                    bars[what] = stages.stage(f"calls: {what}", total)
                bar = bars[what]
                bar.reach(done)
                if done == total:
                    bar.__exit__(None, None, None)

            return await walk(place, calls)


def main() -> int:
    """0: everything is as it must be; 1: it is not, or the walk could not be made."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    err, out = Console(stderr=True), Console(width=None if sys.stdout.isatty() else _WIDE)
    try:
        findings = asyncio.run(_findings(err))
    except _FAILURES as error:
        err.print(f"the walk could not be made: {error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        err.print("stopped")
        return 130
    report.show(findings, out)
    report.write(findings, PLACE / "report.json")
    err.print(f"written to {PLACE / 'report.json'}", style="dim", highlight=False)
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
