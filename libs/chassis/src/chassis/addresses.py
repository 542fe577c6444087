"""Where a process is found: its metrics, and the file that says where it listens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import start_http_server


def serve_metrics(listen: str) -> str:
    """Begins to answer; returns the address."""
    host, _, port = listen.rpartition(":")
    server, _thread = start_http_server(int(port), host)
    return f"{host}:{server.server_port}"


def write(file: Path | None, addresses: Mapping[str, int | str]) -> None:
    """Whole or not at all."""
    if file:
        temporary = file.with_suffix(".tmp")
        temporary.write_text(json.dumps(addresses))
        temporary.rename(file)
