"""What the benches share: real Postgres (fsync on), real Kafka, a migrated database of a service named "probe"."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from chassis.events import kafka as clients
from devstack import infra
from support.databases import Templates, TestDatabase


@dataclass(frozen=True)
class Parts:
    """Addresses of what is running."""

    templates: Templates
    kafka: dict[str, Any]

    async def topic(self, partitions: int = 12) -> str:
        name = f"bench-{secrets.token_hex(4)}"
        await clients.create_topics(self.kafka, [name], partitions, 1)
        return name


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
            yield Parts(Templates(postgres.admin_dsn), {"bootstrap_servers": broker.bootstrap, "security_protocol": "PLAINTEXT"})
        finally:
            await asyncio.gather(asyncio.to_thread(broker.stop), asyncio.to_thread(postgres.stop))


FILL = """
INSERT INTO outbox (shard, aggregate_type, aggregate_id, aggregate_version, topic, type, key, payload, headers)
SELECT outbox_shard(a), 'thing', a, 1, $2, 'kamai.bench.v1.Thing', convert_to('thing_' || a::text, 'UTF8'), $3,
       '{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}'::jsonb
FROM generate_series(1, $1::int) AS g, LATERAL (SELECT uuidv7() AS a WHERE g > 0) AS u
"""


async def fill(database: TestDatabase, topic: str, count: int) -> None:
    """Puts `count` events of 250 bytes into the outbox with one statement."""
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute("SET transaction_timeout = 0")
        await connection.execute(FILL, count, topic, b"x" * 250, timeout=120)
        await connection.execute("RESET transaction_timeout")
    finally:
        await connection.close()
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("ANALYZE outbox")
    await owner.close()
