"""Questions to a part through its own protocol. Each answers False while the part is not ready yet."""

import json
import urllib.request
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from devstack import blocking
from devstack.errors import StackError

DATABASE = "kamai"
REQUEST_TIMEOUT_S = 3.0
# Without proxies: the addresses are loopback ones, and a proxy of the environment must not see them.
_http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def postgres_is_ready(admin_dsn: str) -> bool:
    """True when the server takes statements; creates the database of `admin_dsn` where it is missing."""
    return blocking.run(_ensure_database(admin_dsn))


async def _ensure_database(admin_dsn: str) -> bool:
    parts = urlsplit(admin_dsn)
    try:
        connection = await asyncpg.connect(
            urlunsplit(parts._replace(path="/postgres")), timeout=REQUEST_TIMEOUT_S, command_timeout=60
        )
    except (ConnectionError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
        return False
    except (OSError, asyncpg.PostgresError, ValueError) as error:
        raise StackError(f"postgres: no connection to {parts.hostname}:{parts.port}: {error}") from None
    try:
        name = parts.path.lstrip("/") or DATABASE
        if not await connection.fetchval("select true from pg_database where datname = $1", name):
            await connection.execute(f'create database "{name}"')
    finally:
        await connection.close()
    return True


def kafka_is_ready(bootstrap: str) -> bool:
    """True when the broker answers a metadata request and counts itself as alive."""
    return blocking.run(_knows_a_broker(bootstrap))


async def _knows_a_broker(bootstrap: str) -> bool:
    client = AIOKafkaClient(
        bootstrap_servers=bootstrap,
        client_id="devstack-check",
        request_timeout_ms=int(REQUEST_TIMEOUT_S * 1000),
        retry_backoff_ms=100,
    )
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except KafkaError:
        return False
    finally:
        await client.close()


def bank_is_ready(url: str) -> bool:
    """True when the bank's health resource says so."""
    try:
        return bool(get_json(f"{url}/_mock/health").get("status") == "ok")
    except (OSError, ValueError):
        return False


def get_json(url: str) -> dict[str, Any]:
    """The JSON object at an http URL. Raises OSError or ValueError."""
    with _http.open(url, timeout=REQUEST_TIMEOUT_S) as answer:
        found = json.load(answer)
    return found if isinstance(found, dict) else {}
