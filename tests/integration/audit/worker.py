"""A sealer as a process of its own that ends at a named step, as a power cut would: `python -m integration.audit.worker {...}`"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.clock import ManualClock
from chassis.db.database import Database
from chassis.db.pool import create_pool
from chassis.logging import configure
from integration.audit.trail import Trail
from support.databases import TestDatabase

EXIT = 42


async def main(settings: dict[str, Any]) -> None:
    async def reached(step: str) -> None:
        if step == settings["exit_at"]:
            os._exit(EXIT)

    url = settings["url"]
    clock = ManualClock(datetime.fromisoformat(settings["now"]))
    pool = await create_pool(url, "sealer", 4)
    trail = Trail(TestDatabase("", url, ""), Database(pool), Path(settings["folder"]), clock)
    await trail.sealer(batch=7, failpoint=reached).run()


if __name__ == "__main__":
    configure("worker", "ERROR")
    asyncio.run(main(json.loads(sys.argv[1])))
