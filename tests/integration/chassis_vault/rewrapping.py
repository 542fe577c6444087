"""A process that rewraps, to be killed: `python rewrapping.py DATABASE_URL ROOT_KEYS BATCH`. Prints a line for every batch."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from chassis.db.database import Database
from chassis.db.pool import create_pool
from chassis.vault import VaultSettings, open_vault, rotation


async def main(url: str, roots: str, batch: str) -> None:
    pool = await create_pool(url, "rewrapping", 2)
    vault = await open_vault(VaultSettings(directory=Path(roots)), Database(pool))
    await rotation.rewrap(vault.keyring, Database(pool), lambda progress: print(progress.moved, flush=True), int(batch))
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
