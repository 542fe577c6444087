"""Outbox to Kafka: per shard read in order, send, await every acknowledgement, delete by primary key.

There is no cursor: a row is there until it was acknowledged, so a late commit, a crash at any step or a second relay can cause a
repeat but never a loss. What fails blocks its own aggregate only.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError

from chassis import metrics
from chassis.db.pool import FAULTS, connect, create_pool
from chassis.events import kafka
from chassis.events.doorbell import channel
from chassis.events.published import Published
from chassis.events.sending import Failpoint, Sender
from chassis.events.shards import ShardOwner
from chassis.events.watermark import Watermark
from chassis.logging import fault, logger
from chassis.secret_files import Secret

_BUSY = """
SELECT s.shard FROM unnest($1::smallint[], $2::bigint[]) AS s (shard, floor)
WHERE EXISTS (SELECT FROM outbox o WHERE o.shard = s.shard AND o.id > s.floor)
"""
_FETCH = """
SELECT id, event_id, aggregate_id, aggregate_version, topic, type, key, payload, headers, created_at
FROM outbox
WHERE shard = $1 AND id > $2
  AND aggregate_id <> ALL (ARRAY(SELECT b.aggregate_id FROM outbox b WHERE b.shard = $1 AND b.not_before > now()))
ORDER BY id LIMIT $3
"""
_DELETE = "DELETE FROM outbox WHERE shard = $1 AND id = ANY($2::bigint[])"
_BLOCK = """
UPDATE outbox SET attempts = attempts + 1, not_before = now() + least(interval '100 ms' * power(2, attempts), interval '30 s')
WHERE shard = $1 AND id = ANY($2::bigint[])
"""
_IDLE_S, _ACTIVE_S, _ACTIVE_FOR_S, _REST_S, _CUT_OFF_S = 0.25, 0.02, 1.0, 0.25, 1.0
_CONNECTIONS = 5  # a shard in flight mostly waits for Kafka; more connections cost the database and gain nothing


async def _no_failpoint(_step: str) -> None:
    return


class Relay:
    """One replica. `source` is the CloudEvents source; `failpoint` lets tests stop it at a named step, `sender` watch it."""

    def __init__(
        self, url: Secret, schema: str, kafka_options: dict[str, Any], source: str, *, batch: int = 500, in_flight: int = 12,
        failpoint: Failpoint = _no_failpoint, sender: type[Sender] = Sender,
    ) -> None:  # fmt: skip
        self._url, self._schema, self._options = url, schema, kafka_options
        self._source = source.encode()
        self._batch, self._in_flight, self._failpoint, self._sender_type = batch, in_flight, failpoint, sender
        self._working: dict[int, asyncio.Task[None]] = {}
        self._round: list[int] = []  # busy shards that were not started yet
        self._resting: dict[int, float] = {}  # shards whose rows are all blocked: looked at again later
        self._owner = ShardOwner(url, schema, lambda shard: shard in self._working)
        self._watermark = Watermark()
        self._published = Published()
        self._bell = asyncio.Event()
        self._broken = asyncio.Event()
        self._stopping = False

    async def stop(self) -> None:
        """Takes no further batch; `run` ends once those under way are done."""
        self._stopping = True
        self._bell.set()

    async def run(self) -> None:
        """Publishes until cancelled. Faults of Kafka or Postgres are waited out with a pause."""
        while not self._stopping:
            try:
                await self._publish()
            except (KafkaError, *FAULTS) as error:
                logger().warning("relay starts again", **fault(error))
                await asyncio.sleep(0.5)

    async def _publish(self) -> None:
        self._broken.clear()
        async with contextlib.AsyncExitStack() as stack:
            pool = await create_pool(self._url, f"{self._schema}-relay", min(self._in_flight, _CONNECTIONS))
            stack.push_async_callback(self._close, pool)
            listener = await connect(self._url, "relay-listen")
            stack.push_async_callback(listener.close, timeout=2)
            await listener.add_listener(channel(self._schema), lambda *_: self._bell.set())
            producer = kafka.producer(self._options, f"{self._schema}-relay")
            self._sender = self._sender_type(producer, self._source, self._failpoint)
            stack.push_async_callback(self._sender.stop)
            await producer.start()
            self._round.clear()
            try:
                while not self._stopping:
                    await self._own(pool, listener)
                    while not self._stopping and await self._sender.is_cut_off():
                        await self._pause(_CUT_OFF_S)
            finally:
                tasks = list(self._working.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._working.clear()

    async def _own(self, pool: asyncpg.Pool[Any], listener: asyncpg.Connection[Any]) -> None:
        """Owns shards as long as Kafka answers. Who cannot reach it owns nothing: another replica may."""
        owner = asyncio.create_task(self._owner.run(), name="relay-shards")
        try:
            await self._loop(pool, listener)
        finally:
            owner.cancel()
            await asyncio.gather(owner, return_exceptions=True)

    @staticmethod
    async def _close(pool: asyncpg.Pool[Any]) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(pool.close(), 3)
        pool.terminate()

    async def _loop(self, pool: asyncpg.Pool[Any], listener: asyncpg.Connection[Any]) -> None:
        epoch, marked_at, active_until = -1, 0.0, 0.0
        while not self._broken.is_set():
            if self._stopping:
                await asyncio.gather(*self._working.values(), return_exceptions=True)
                return
            if await self._sender.is_cut_off():
                logger().warning("relay gives up its shards until Kafka answers", count=len(self._owner.owned))
                return
            if epoch != self._owner.epoch:
                epoch = self._owner.epoch
                self._watermark.reset()
                self._published.reset()
            now = time.monotonic()
            self._bell.clear()
            if now - marked_at >= 1 and self._owner.owned:
                marked_at = now
                self._watermark.keep(self._owner.owned)
                self._published.keep(self._owner.owned)
                await self._watermark.advance(listener, set(self._owner.owned))
            if await self._start_shards(pool, listener, now):
                active_until = now + _ACTIVE_FOR_S
            active = now < active_until or self._published.ahead_of(self._watermark.floors)
            await self._pause(_ACTIVE_S if active else _IDLE_S)
        raise KafkaError("the producer has to be made anew")

    async def _start_shards(self, pool: asyncpg.Pool[Any], listener: asyncpg.Connection[Any], now: float) -> bool:
        """Starts work on shards that have rows, as long as there are free places; returns whether there is work. One round over
        the busy shards ends before the next look: with more of them than places none may starve."""
        if not self._round and len(self._working) < self._in_flight:
            candidates = {s for s in self._owner.owned if s not in self._working and self._resting.get(s, 0) <= now}
            shards, floors = self._published.starts(*self._watermark.arrays(candidates), now)
            self._round = [row["shard"] for row in await listener.fetch(_BUSY, shards, floors)] if shards else []
        while self._round and len(self._working) < self._in_flight:
            shard = self._round.pop()
            if shard not in self._owner.owned or shard in self._working:  # another replica may have it by now
                continue
            task = asyncio.create_task(self._drain(pool, shard), name=f"relay-shard-{shard}")
            self._working[shard] = task
            task.add_done_callback(partial(self._finished, shard))
        return bool(self._working)

    def _finished(self, shard: int, task: asyncio.Task[None]) -> None:
        if self._working.get(shard) is task:
            del self._working[shard]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger().warning("relay shard failed", shard=shard, **fault(error))
            self._broken.set()
        self._bell.set()

    async def _pause(self, longest_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), longest_s)

    async def _drain(self, pool: asyncpg.Pool[Any], shard: int) -> None:
        """Publishes one batch of a shard."""
        rows = await pool.fetch(_FETCH, shard, self._watermark.floors.get(shard, 0), self._batch)
        if not rows:
            self._resting[shard] = time.monotonic() + _REST_S
            return
        await self._failpoint("fetched")
        done, failed = await self._sender.send(rows)
        await self._failpoint("acknowledged")
        if done:
            await pool.execute(_DELETE, shard, [row["id"] for row in done])
            self._published.note(shard, done[-1]["id"])
            metrics.RELAYED.inc(len(done))
            metrics.RELAY_LAG.observe(time.time() - done[0]["created_at"].timestamp())
        if failed:
            metrics.RELAY_FAILURES.inc(len(failed))
            await pool.execute(_BLOCK, shard, failed)
        await self._failpoint("deleted")
