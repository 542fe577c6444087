"""Starts worker processes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from devstack.process import Command, Process

TESTS = Path(__file__).parents[2]


def start(kind: str, log: Path, **settings: Any) -> Process:
    """A relay, consumer or writer; it dies with this process. See support.probe.worker for the settings."""
    argv = [sys.executable, "-m", "support.probe.worker", kind, json.dumps(settings)]
    return Process(Command(argv, env={**os.environ, "PYTHONPATH": str(TESTS)}), log)
