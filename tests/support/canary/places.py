"""Everything a stack leaves behind, as bytes: its database, topics, logs, metrics, files, processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from devstack import postgres
from devstack.options import SERVICES
from devstack.stack import Stack

from support.canary.marking import ON_A_LIST
from support.canary.searching import found

LISTS = "onboarding.watchlist_entry"  # what the lists publish of those on them is no secret of ours
_COPY = re.compile(r"^COPY (\S+) \((.*)\) FROM stdin;$")


def dumped(admin_dsn: str) -> str:
    """`pg_dump` of the whole database as superuser."""
    parts = urlsplit(admin_dsn)
    environment = {
        **os.environ, "PGHOST": str(parts.hostname), "PGPORT": str(parts.port), "PGUSER": str(parts.username),
        "PGPASSWORD": parts.password or "", "PGDATABASE": parts.path[1:],
    }  # fmt: skip
    command = [str(postgres.binaries() / "pg_dump"), "--format=plain"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout


def tables(dump: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Name, columns and lines of each table; what is between them as the table ""."""
    name = ""
    columns: list[str] = []
    lines: list[str] = []
    rest: list[str] = []
    for line in dump.split("\n"):
        if match := _COPY.match(line):
            name, columns, lines = match[1], match[2].split(", "), []
        elif not name:
            rest.append(line)
        elif line == "\\.":
            yield name, columns, lines
            name = ""
        else:
            lines.append(line)
    yield "", ["definition"], rest


def in_tables(dump: str, marks: Mapping[str, str]) -> list[str]:
    """Each mark in it as `table.column: what`."""
    hits = set()
    of_others = {what: mark for what, mark in marks.items() if what.split()[1] not in ON_A_LIST}
    for name, columns, lines in tables(dump):
        known = of_others if name == LISTS else marks
        if not found("\n".join(lines).encode(), known):
            continue
        cells = zip(*(line.split("\t") for line in lines), strict=True) if name else [lines]
        for column, values in zip(columns, cells, strict=True):
            hits |= {
                f"{name}.{column}: {what.partition(' ')[0]} {what.split(' ', 2)[-1]}"
                for what in found("\n".join(values).encode(), known)
            }
    return sorted(hits)


async def records(bootstrap: str) -> dict[str, bytes]:
    """Keys, headers and values of all records, by topic."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", isolation_level="read_uncommitted"
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await consumer.start()
    try:
        places = [
            TopicPartition(topic["topic"], each["partition"])
            for topic in await admin.describe_topics()
            for each in topic["partitions"]
            if not topic["is_internal"]
        ]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        read: dict[str, list[bytes]] = {place.topic: [] for place in places}
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, batch in (await consumer.getmany(timeout_ms=500)).items():
                for record in batch:
                    read[place.topic] += [
                        record.key or b"",
                        record.value or b"",
                        *(part for name, value in record.headers for part in (name.encode(), value)),
                    ]
        return {name: b"\n".join(parts) for name, parts in read.items()}
    finally:
        await consumer.stop()
        await admin.close()


def metrics(stack: Stack) -> dict[str, bytes]:
    with httpx.Client(trust_env=False, timeout=10) as client:
        return {name: client.get(f"http://{stack.services[name].metrics_address}/metrics").content for name in SERVICES}


def processes(stack: Stack) -> dict[str, bytes]:
    """Command line and environment of each service's process."""
    told: dict[str, bytes] = {}
    for name in SERVICES:
        pid = int(json.loads(stack.layout.ready_file(name).read_text())["pid"])
        for each in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            for kind in ("cmdline", "environ"):
                told[f"{name} {kind}"] = told.get(f"{name} {kind}", b"") + Path(f"/proc/{each.pid}/{kind}").read_bytes()
    return told


def files(root: Path) -> dict[str, bytes]:
    """What the services write: not the files of the database, the broker and the bank, and not the key files themselves."""
    left_out = ("data", "keys", "input")
    paths = [path for path in root.rglob("*") if path.is_file() and path.relative_to(root).parts[0] not in left_out]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def secrets(stack: Stack) -> dict[str, str]:
    """Passwords and keys of the stack by the names of their files."""
    folder = stack.layout.root
    paths = [path for place in ("keys", "data") for path in (folder / place).rglob("*")]
    kept = [path for path in paths if path.is_file() and path.suffix in {".password", ".key", ".pem"}]
    return {f"secret {path.parent.name}/{path.name} itself": _core(path.read_text()) for path in kept}


def _core(text: str) -> str:
    return text.strip().splitlines()[1] if text.startswith("-----BEGIN") else text.strip()
