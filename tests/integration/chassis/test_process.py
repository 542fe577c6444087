"""The probe service as a real process: health, drain, migration, unusable settings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import psutil
import pytest
from chassis.db.pool import Connection
from chassis.vault.providers import new_file_key
from grpc_health.v1 import health_pb2, health_pb2_grpc
from support.databases import APP_PASSWORD, OWNER_PASSWORD, TestDatabase
from support.probe import things
from support.probe.servicer import GATE, NAME, Request, method
from support.services import root_keys
from support.tokens import TokenMaker
from support.wait import until

Health = health_pb2.HealthCheckResponse


def variables(database: TestDatabase, tokens: TokenMaker, folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "KAMAI_DATABASE_URL": database.app_url,
        "KAMAI_TOKEN_KEYS": str(tokens.jwks), "KAMAI_VAULT_DIRECTORY": str(root_keys(tokens.jwks)),
        "KAMAI_READY_FILE": str(folder / "ready.json"),
        "KAMAI_KAFKA_BOOTSTRAP": "127.0.0.1:1", "KAMAI_ENV": "development",
        **more,
    }  # fmt: skip


@dataclass
class Started:
    """A process and the address it wrote into its ready file."""

    process: asyncio.subprocess.Process
    ready_file: Path

    @property
    def address(self) -> str:
        return str(json.loads(self.ready_file.read_text())["grpc"])


async def launch(mode: str, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "support.probe",
        mode,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def process(mode: str, environment: Mapping[str, str]) -> AsyncIterator[Started]:
    """Running and ready; killed at the end when it still runs."""
    started = Started(await launch(mode, environment), Path(environment["KAMAI_READY_FILE"]))
    try:
        await until(lambda: _ready(started), timeout_s=60)
        yield started
    finally:
        if started.process.returncode is None:
            started.process.kill()
        await started.process.communicate()


async def _ready(started: Started) -> bool:
    assert started.process.returncode is None, (await started.process.communicate())[1].decode()
    return started.ready_file.exists()


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str]:
    """Exit code and what it wrote."""
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


async def test_health_and_drain(database: TestDatabase, tokens: TokenMaker, tmp_path: Path, connection: Connection) -> None:
    """SERVING once ready; after SIGTERM no more, while the call under way finishes with its effect; then exit code 0 in less
    than 30 s and no ready file."""
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    async with process("serve", variables(database, tokens, tmp_path)) as started:
        async with grpc.aio.insecure_channel(started.address) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            for name in ("", NAME, "kamai.ops.v1.EventAdminService"):
                assert (await health.Check(health_pb2.HealthCheckRequest(service=name))).status == Health.SERVING
            asked = Request(request_id=str(uuid4()), id=1, reason="wait").SerializeToString()
            step: Any = channel.unary_unary(method("Step"))
            call = asyncio.ensure_future(step(asked, metadata=tokens.metadata("ada"), timeout=30))
            await until(lambda: _waiting(connection))
            asked_at = time.monotonic()
            started.process.send_signal(signal.SIGTERM)
            await until(lambda: _no_longer_serving(health))
            await connection.execute("SELECT pg_advisory_unlock($1)", GATE)
            assert await call
        code, written = await ended(started.process)
        assert code == 0, written
        assert time.monotonic() - asked_at < 30
        assert not started.ready_file.exists()
    assert await connection.fetchval("SELECT version FROM thing") == 1


async def _no_longer_serving(health: Any) -> bool:
    try:
        return bool((await health.Check(health_pb2.HealthCheckRequest(service=NAME))).status != Health.SERVING)
    except grpc.aio.AioRpcError as error:
        return error.code() is grpc.StatusCode.UNAVAILABLE


async def _waiting(connection: Connection) -> bool:
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"))


async def test_a_call_that_hangs_does_not_hold_the_exit(
    database: TestDatabase, tokens: TokenMaker, tmp_path: Path, connection: Connection
) -> None:
    """What does not finish within the drain time is cut off without effect, and the process ends all the same."""
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    async with process("serve", variables(database, tokens, tmp_path, KAMAI_DRAIN_S="0.5")) as started:
        async with grpc.aio.insecure_channel(started.address) as channel:
            step: Any = channel.unary_unary(method("Step"))
            asked = Request(request_id=str(uuid4()), id=1, reason="wait").SerializeToString()
            call = asyncio.ensure_future(step(asked, metadata=tokens.metadata("ada"), timeout=50))
            await until(lambda: _waiting(connection))
            started.process.send_signal(signal.SIGTERM)
            with pytest.raises(grpc.aio.AioRpcError):
                await call
        code, written = await ended(started.process)
        assert code == 0, written
    await connection.execute("SELECT pg_advisory_unlock($1)", GATE)
    assert await connection.fetchval("SELECT count(*) FROM thing") == 0


async def test_the_whole_service_drains(
    database: TestDatabase, tokens: TokenMaker, tmp_path: Path, connection: Connection, kafka: str
) -> None:
    """Server, relay, consumer and schedules in one process: an event comes round, and SIGTERM ends all with code 0."""
    topic = await things.new_topic(kafka)
    environment = variables(database, tokens, tmp_path, KAMAI_KAFKA_BOOTSTRAP=kafka, KAMAI_PROBE_TOPIC=topic)
    async with process("all", environment) as started:
        async with grpc.aio.insecure_channel(started.address) as channel:
            step: Any = channel.unary_unary(method("Step"))
            asked = Request(request_id=str(uuid4()), id=5, reason="as planned").SerializeToString()
            await step(asked, metadata=tokens.metadata("ada"), timeout=30)
        await until(lambda: things.effects(connection), timeout_s=60)
        asked_at = time.monotonic()
        started.process.send_signal(signal.SIGTERM)
        code, written = await ended(started.process)
        assert code == 0, written
        assert time.monotonic() - asked_at < 30


async def test_nobody_is_served_before_the_service_is_ready(
    database: TestDatabase, tokens: TokenMaker, tmp_path: Path, connection: Connection
) -> None:
    """What a service does before serving comes before its server listens, however long it takes; SIGTERM ends the wait."""
    await connection.execute("SELECT pg_advisory_lock($1)", GATE)
    environment = variables(database, tokens, tmp_path, KAMAI_PROBE_BEHIND_GATE="true")
    try:
        waiting = await launch("serve", environment)
        await until(lambda: _waiting(connection))
        waiting.send_signal(signal.SIGTERM)
        await asyncio.wait_for(waiting.wait(), 20)
        waiting = await launch("serve", environment)
        await until(lambda: _waiting(connection))
        assert not (tmp_path / "ready.json").exists()
        assert not [each for each in psutil.Process(waiting.pid).net_connections() if each.status == psutil.CONN_LISTEN]
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", GATE)
    started = Started(waiting, tmp_path / "ready.json")
    await until(lambda: _ready(started), timeout_s=60)
    waiting.send_signal(signal.SIGTERM)
    assert (await ended(waiting))[0] == 0


async def test_migrate_from_nothing(templates: Any, tokens: TokenMaker, tmp_path: Path, database: TestDatabase) -> None:
    """`migrate` is enough to make a service's schema, and a second run changes nothing."""
    more = {
        "KAMAI_ADMIN_DATABASE_URL": database.admin_url, "KAMAI_OWNER_PASSWORD": OWNER_PASSWORD,
        "KAMAI_APP_PASSWORD": APP_PASSWORD,
    }  # fmt: skip
    for _ in range(2):
        code, written = await ended(await launch("migrate", variables(database, tokens, tmp_path, **more)))
        assert code == 0, written


async def test_an_operator_rotates_keys(
    database: TestDatabase, tokens: TokenMaker, tmp_path: Path, connection: Connection
) -> None:
    """New root key, what it wraps wrapped anew, new key-encryption key: each says what it did, is in the audit trail, and the new
    root key alone opens all."""
    folder = tmp_path / "roots"
    folder.mkdir(mode=0o700)
    first = new_file_key(folder)
    environment = variables(database, tokens, tmp_path, KAMAI_VAULT_DIRECTORY=str(folder))
    said = []
    for task in ("rotate-keys", "new-root-key", "rewrap-root"):
        code, written = await ended(await launch(task, environment))
        assert code == 0, written
        said.append(written)
    (folder / f"{first}.key").unlink()
    code, written = await ended(await launch("rotate-keys", environment))
    assert code == 0, written
    assert "new key-encryption key" in said[0]
    assert "is the current root key" in said[1]
    assert "wrapped by the current root key" in said[2]
    async with connection.transaction():
        await connection.execute("SELECT set_config('kamai.tenant', 'platform', true)")
        rows = await connection.fetch("SELECT actor, method, subjects FROM audit_entry ORDER BY id")
    tasks = ("rotate-keys", "new-root-key", "rewrap-root", "rotate-keys")
    assert [tuple(row) for row in rows] == [(f"system:{task}", f"work/{task}", ["probe"]) for task in tasks]


@pytest.mark.parametrize(
    ("content", "environment", "said"),
    [
        ("no key", {}, "KAMAI_AUDIT_KEY_FILE: audit.pem must hold an Ed25519 private key"),
        (None, {}, "KAMAI_AUDIT_KEY_FILE or KAMAI_AUDIT_JWKS_FILE: No such file"),
        (None, {"KAMAI_ENV": "production", "KAMAI_AUDIT_KEY_FILE": None}, "the audit trail is not signed"),
    ],
)
async def test_an_audit_trail_that_could_not_be_signed(
    database: TestDatabase, tokens: TokenMaker, tmp_path: Path, content: str | None, environment: dict[str, str | None], said: str
) -> None:
    """`work` does not start with a key it cannot use, and in production not without one."""
    key = tmp_path / "audit.pem"
    if content is not None:
        key.write_text(content)
        key.chmod(0o600)
    given = {
        "KAMAI_AUDIT_KEY_FILE": str(key), "KAMAI_AUDIT_JWKS_FILE": str(tmp_path / "audit-jwks.json"),
        "KAMAI_TOKEN_ISSUER": "https://login.example", "KAMAI_CREATE_TOPICS": "false", **environment,
    }  # fmt: skip
    set_ones = {name: value for name, value in given.items() if value is not None}
    code, written = await ended(await launch("work", variables(database, tokens, tmp_path, **set_ones)))
    assert (code, said in written, "Traceback" in written) == (2, True, False), written


async def test_a_wrong_password_is_named(database: TestDatabase, tokens: TokenMaker, tmp_path: Path) -> None:
    """By its setting, without it."""
    wrong = database.app_url.replace(APP_PASSWORD, "canary")
    code, written = await ended(await launch("serve", variables(database, tokens, tmp_path, KAMAI_DATABASE_URL=wrong)))
    assert (code, "password of KAMAI_DATABASE_URL" in written) == (2, True), written
    assert "canary" not in written
    assert "Traceback" not in written


async def test_unusable_settings_are_named(database: TestDatabase, tokens: TokenMaker, tmp_path: Path) -> None:
    """Every wrong setting is named in one go by its variable, without its value; the exit code is 2."""
    environment = variables(
        database, tokens, tmp_path, KAMAI_DATABASE_POOL_SIZE="canary", KAMAI_ENV="canary", KAMAI_MAX_CALL_S="canary"
    )
    environment.pop("KAMAI_TOKEN_KEYS")
    code, written = await ended(await launch("serve", environment))
    assert code == 2
    for name in ("KAMAI_DATABASE_POOL_SIZE", "KAMAI_ENV", "KAMAI_MAX_CALL_S", "KAMAI_TOKEN_KEYS"):
        assert name in written
    assert "canary" not in written
    assert "Traceback" not in written


@pytest.mark.parametrize("mode", ["", "dance"])
async def test_unknown_modes(database: TestDatabase, tokens: TokenMaker, tmp_path: Path, mode: str) -> None:
    """Another word than a mode: the usage, exit code 2."""
    code, written = await ended(await launch(mode, variables(database, tokens, tmp_path)))
    assert (code, "usage" in written) == (2, True)
