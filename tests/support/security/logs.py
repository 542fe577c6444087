"""What the services wrote of refused calls: one canonical line each, without a token or a value of the request."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

_PATIENCE_S = 10.0
_PAUSE_S = 0.1
_SHOWN = 8
# Whom the token names, which is not of the request.
_OF_THE_CALLER = ("caller", "organisation_id")

Calls = Counter[tuple[str, str]]
"""How often a method was answered with a gRPC code."""


class ServiceLog:
    """The log of one service from now on."""

    def __init__(self, name: str, file: Path) -> None:
        self.name, self._file, self._from = name, file, file.stat().st_size

    def text(self) -> str:
        with self._file.open("rb") as source:
            source.seek(self._from)
            return source.read().decode(errors="replace")

    def calls(self) -> Iterator[dict[str, Any]]:
        """The canonical lines."""
        for line in self.text().splitlines():
            if line.startswith("{") and line.endswith("}") and (entry := json.loads(line)).get("event") == "call":
                yield entry


async def wrong(logs: Iterable[ServiceLog], made: Mapping[str, Calls], unspeakable: set[str]) -> list[str]:
    """Faults of the logs; `made` are the refused calls by service, `unspeakable` values that must not be in a line."""
    faults = []
    for log in logs:
        faults += await _counted(log, made[log.name])
        faults += _spoken(log, unspeakable)
    return faults


async def _counted(log: ServiceLog, made: Calls) -> list[str]:
    until = time.monotonic() + _PATIENCE_S
    while True:
        written = Counter((str(each["method"]), str(each["code"])) for each in log.calls())
        differ = [key for key in sorted({*made, *written}) if made[key] != written[key]]
        if not differ or time.monotonic() > until:
            return [f"{log.name}: {method} {code}: {made[method, code]} calls, {written[method, code]} lines in the log"
                    for method, code in differ[:_SHOWN]]  # fmt: skip
        await asyncio.sleep(_PAUSE_S)


def _spoken(log: ServiceLog, unspeakable: set[str]) -> list[str]:
    text = log.text()
    found = [f"{log.name}: a bearer token is in the log" for mark in ("Bearer ", "eyJ") if mark in text]
    for entry in log.calls():
        rest = json.dumps({name: value for name, value in entry.items() if name not in _OF_THE_CALLER})
        said = [value for value in unspeakable if value in rest]
        if said:
            found.append(f"{log.name}: the line of {entry['method']} has {said[0]} of the request")
    return list(dict.fromkeys(found))[:_SHOWN]
