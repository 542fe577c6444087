"""The embedded PostgreSQL, started, stopped, killed and restarted for real."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from devstack import infra
from devstack.errors import StackError
from devstack.part import PartState


async def _value(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_row_survives_kill_and_restart(parts: infra.Infra) -> None:
    """A committed row is there after SIGKILL and a restart, at the same address."""
    dsn = parts.postgres.admin_dsn
    await _value(dsn, "create table survivors as select 42 as answer")
    parts.postgres.kill()
    assert parts.postgres.state is PartState.STOPPED
    parts.postgres.restart()
    assert parts.postgres.admin_dsn == dsn
    assert await _value(dsn, "select answer from survivors") == 42


async def test_settings_and_version(parts: infra.Infra) -> None:
    """It is version 18, syncs to disk, takes 200 connections and counts in UTC."""
    dsn = parts.postgres.admin_dsn
    assert str(await _value(dsn, "show server_version")).startswith("18.")
    for name, expected in {"fsync": "on", "max_connections": "200", "timezone": "UTC", "data_checksums": "on"}.items():
        assert await _value(dsn, f"show {name}") == expected


async def test_password_is_needed(parts: infra.Infra) -> None:
    """Being on the same machine is not enough to be the superuser."""
    place = urlsplit(parts.postgres.admin_dsn).netloc.rpartition("@")[2]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:guess@{place}/kamai")


async def test_data_outlives_the_object_and_fast_is_chosen(tmp_path: Path) -> None:
    """A database is found again by a later start; the path may be longer than a socket's and have odd letters;
    `fast` turns fsync off."""
    directory = tmp_path / ("a long 'path' with ünusual letters " * 4) / "postgres"
    with infra.start_postgres(directory, fast=True) as first:
        await _value(first.admin_dsn, "create table kept as select 1 as one")
        with pytest.raises(StackError, match="already running"):
            first.start()
    assert first.state is PartState.STOPPED
    with infra.start_postgres(directory, fast=True) as second:
        assert await _value(second.admin_dsn, "select one from kept") == 1
        assert await _value(second.admin_dsn, "show fsync") == "off"


def test_port_in_use_is_named(tmp_path: Path) -> None:
    """A port that another process holds is one clear line."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(StackError, match=rf"^postgres: port {port} on 127.0.0.1 is in use by another process$"):
            infra.start_postgres(tmp_path, fast=True, port=port)


def test_second_server_on_the_same_data_is_refused(parts: infra.Infra, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two servers never share one data directory."""
    monkeypatch.setattr("devstack.postgres.LEFTOVER_WAIT_S", 0.1)
    with pytest.raises(StackError, match="another server"):
        infra.start_postgres(parts.postgres.directory)
    assert parts.postgres.state is PartState.READY
