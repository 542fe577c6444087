"""A process that works through a run and dies hard at a named step: `python victim.py STEP` with the service's environment.

Without STEP it works until nothing is left to do.
"""

from __future__ import annotations

import asyncio
import os
import sys

from chassis.service import assembled
from payouts.config import PayoutsSettings
from payouts.main import definition

KILLED = 137


async def main(step: str) -> int:
    async def failpoint(name: str) -> None:
        if name == step:
            os._exit(KILLED)

    made = definition(failpoint)
    async with assembled(made, PayoutsSettings(), "serve") as assembly:
        parts = await made.build(assembly.platform)
        schedules = {schedule.name: schedule for schedule in parts.schedules}
        for _ in range(3):
            for name in ("runs", "files", "mailbox", "inquiries", "runs"):
                while await schedules[name].run():
                    pass
        for closer in parts.closers:
            await closer()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "")))
