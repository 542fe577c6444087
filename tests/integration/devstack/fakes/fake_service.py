"""The least that keeps the contract between the stack and a service: migrates, serves health, drains on SIGTERM."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import asyncpg
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health


def secret(name: str) -> str:
    return (Path(os.environ["KAMAI_SECRETS_DIR"]) / f"kamai_{name}").read_text()


async def migrate(name: str) -> None:
    """Makes the application role and a table that only it may read."""
    admin = await asyncpg.connect(secret("admin_database_url"))
    try:
        role, password = f"{name}_app", secret("app_password")
        if not await admin.fetchval("select true from pg_roles where rolname = $1", role):
            await admin.execute(f"create role {role} login")
        await admin.execute(f"alter role {role} password '{password}'")
        await admin.execute(f"create schema if not exists {name} authorization {role}")
    finally:
        await admin.close()
    print(f"{name} migrated")


async def count(name: str) -> None:
    """What an operator runs beside it: finds the same database."""
    database = await asyncpg.connect(secret("database_url"))
    print(await database.fetchval(f"select count(*) from {name}.starts"), "starts")
    await database.close()


async def serve(name: str) -> None:
    """Reports its addresses once it serves."""
    database = await asyncpg.connect(secret("database_url"))
    await database.execute(f"create table if not exists {name}.starts (pid int)")
    await database.execute(f"insert into {name}.starts values ($1)", os.getpid())
    await database.close()
    server = grpc.aio.server()
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    host = "127.0.0.1"
    port = server.add_insecure_port(os.environ["KAMAI_GRPC_LISTEN"])
    await server.start()
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    ready = Path(os.environ["KAMAI_READY_FILE"])
    settings = {key: value for key, value in os.environ.items() if key.startswith("KAMAI_")}
    ready.with_suffix(".settings").write_text(json.dumps(settings))
    half = ready.with_suffix(".half")
    half.write_text(json.dumps({"pid": os.getpid(), "grpc": f"{host}:{port}", "metrics": f"{host}:{port}"}))
    half.replace(ready)
    print(f"{name} serves", flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await server.stop(grace=1.0)
    print(f"{name} drained", flush=True)


def main(name: str) -> None:
    """``migrate``, ``all`` or ``count``; FAKE_FAILURE names the one that fails."""
    task = sys.argv[1]
    if os.environ.get("FAKE_FAILURE") == task:
        for number in range(40):
            print(f"line {number} before the end")
        sys.exit(f"{name} cannot {task}")
    asyncio.run({"migrate": migrate, "all": serve, "count": count}[task](name))
