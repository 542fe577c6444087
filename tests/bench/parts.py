"""What the benches share: real Postgres (fsync on), real Kafka, a migrated database of the probe service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from devstack import infra
from devstack.process import Command, Process
from support.databases import Templates, TestDatabase
from support.probe import things
from support.services import root_keys
from support.tokens import TokenMaker
from support.wait import ended, until

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Parts:
    """Addresses of what is running."""

    templates: Templates
    bootstrap: str
    folder: Path
    tokens: TokenMaker

    @property
    def kafka(self) -> dict[str, Any]:
        return things.options(self.bootstrap)

    async def topic(self, partitions: int = 12) -> str:
        return await things.new_topic(self.bootstrap, partitions)

    def database(self) -> Any:
        """A fresh database of the probe."""
        return self.templates.database("probe", things.PACKAGE)

    @asynccontextmanager
    async def served(self, database: TestDatabase, name: str, *module: str, **more: str) -> AsyncIterator[str]:
        """The address of a server of the probe in a process of its own."""
        ready = self.folder / f"{name}.json"
        server = self.process(
            *(module or ("support.probe",)), "serve", KAMAI_DATABASE_URL=database.app_url, KAMAI_TOKEN_KEYS=str(self.tokens.jwks),
            KAMAI_VAULT_DIRECTORY=str(root_keys(self.tokens.jwks)), KAMAI_READY_FILE=str(ready),
            KAMAI_DATABASE_POOL_SIZE="16", KAMAI_ENV="development", **more,
        )  # fmt: skip
        try:
            yield await address_of(server, ready)
        finally:
            server.stop()
            await ended(server)
            ready.unlink(missing_ok=True)

    def process(self, *argv: str, **environment: str) -> Process:
        """A Python module as a process of its own."""
        variables = {**os.environ, "PYTHONPATH": str(TESTS), **environment}
        return Process(Command([sys.executable, "-m", *argv], env=variables), self.folder / f"{argv[0]}.log")


@asynccontextmanager
async def started() -> AsyncIterator[Parts]:
    """Starts Postgres and Kafka in a temporary folder and stops them at the end."""
    with tempfile.TemporaryDirectory(prefix="kamai-bench-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        postgres, broker = await asyncio.gather(
            asyncio.to_thread(infra.start_postgres, root / "postgres"), asyncio.to_thread(infra.start_kafka, root / "kafka")
        )
        try:
            yield Parts(Templates(postgres.admin_dsn), broker.bootstrap, root, TokenMaker(root))
        finally:
            await asyncio.gather(asyncio.to_thread(broker.stop), asyncio.to_thread(postgres.stop))


async def address_of(process: Process, ready_file: Path) -> str:
    """The gRPC address a server wrote into its ready file."""

    async def ready() -> bool:
        assert process.exit_code is None, process.tail()
        return ready_file.exists()

    await until(ready, timeout_s=60)
    return str(json.loads(ready_file.read_text())["grpc"])


FILL = """
INSERT INTO outbox (shard, aggregate_type, aggregate_id, aggregate_version, topic, type, key, payload, headers)
SELECT outbox_shard(a), 'thing', a, 1, $2, 'kamai.bench.v1.Thing', convert_to('thing_' || a::text, 'UTF8'), $3,
       '{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}'::jsonb
FROM generate_series(1, $1::int) AS g, LATERAL (SELECT uuidv7() AS a WHERE g > 0) AS u
"""


async def fill(database: TestDatabase, topic: str, count: int) -> None:
    """Puts `count` events of 250 bytes into the outbox with one statement: all of them are there at once."""
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute("SET transaction_timeout = 0")
        await connection.execute(FILL, count, topic, b"x" * 250, timeout=120)
    finally:
        await connection.close()
