"""The audit service on a real gRPC server, and the command line against it in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from chassis.audit import servicer
from chassis.db.database import Database
from chassis.rpc import call as calls


class _AsAuditor(grpc.aio.ServerInterceptor):
    """Every call is made by the platform's auditor."""

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        calls.enter(calls.Call(details.method, calls.Caller("auditor"), time.monotonic() + 900))
        return await continuation(details)


@asynccontextmanager
async def serving(database: Database, service: str) -> AsyncIterator[str]:
    """The address of a server with the audit service of `service`."""
    server = grpc.aio.server(interceptors=[_AsAuditor()])
    served = servicer.servicer(database, service)
    served.add(served.instance, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(1)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


async def kamai(*arguments: object, **environment: str) -> Ran:
    """Runs `kamai` with these arguments; of this process' settings it gets none."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KAMAI_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kamai_client", *map(str, arguments), env={**clean, "KAMAI_LOCAL": "/nonexistent", **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())
