"""The reference: grpc.aio and asyncpg with the same rows in one transaction, and nothing else around it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import uvloop
from kamai.ops.v1 import event_admin_pb2 as pb
from support.probe import things
from support.probe.servicer import NAME, Reply, Request, key_of

_REPLY = "INSERT INTO idempotent_reply (scope, request_id, request_hash, reply, subjects) VALUES ('ada', $1, $2, $3, '{}')"
_EVENT = """
INSERT INTO outbox (shard, aggregate_type, aggregate_id, aggregate_version, topic, type, key, payload)
VALUES (outbox_shard($1), 'thing', $1, $2, 'probe-things', 'kamai.ops.v1.FailedEvent', $3, $4)
"""


async def serve(url: str, ready: str) -> None:
    pool: asyncpg.Pool[Any] = await asyncpg.create_pool(url, min_size=2, max_size=16)

    async def step(request: Any, context: Any) -> Any:
        thing = UUID(int=request.id)
        async with pool.acquire() as connection, connection.transaction():
            version = await connection.fetchval(things.STEP, thing, 1)
            reply = Reply(failed_event=pb.FailedEvent(id=version))
            payload = things.Stepped(id=version).SerializeToString()
            await connection.execute(_EVENT, thing, version, key_of(request.id).encode(), payload)
            await connection.execute(_REPLY, UUID(request.request_id), b"0" * 32, reply.SerializeToString())
        return reply

    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(step, Request.FromString, Reply.SerializeToString)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, {"Step": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    partial = Path(ready).with_suffix(".partial")
    partial.write_text(json.dumps({"grpc": f"127.0.0.1:{port}"}))  # at the start
    partial.rename(ready)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2]))
