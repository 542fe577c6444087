"""Structured logs: JSON lines, one canonical line per call and per handled event.

Only fields of the allow-list are written; the value of any other is replaced. Text of exceptions is not logged either: a
database error quotes the row it met. What is logged is the class of the error and where in our code it arose.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from functools import cache
from typing import Any

import msgspec
import structlog

ALLOWED = frozenset(  # a list literal would be five times as long
    [
        "event",
        "level",
        "timestamp",
        "service",
        "logger",
        "method",
        "code",
        "duration_ms",
        "request_id",
        "caller",
        "organisation_id",
        "incident_id",
        "reason",
        "cause",
        "consumer",
        "topic",
        "partition",
        "offset",
        "event_id",
        "type",
        "key",
        "sequence",
        "attempts",
        "error",
        "frames",
        "state",
        "shard",
        "shards",
        "count",
        "rows",
        "lag_ms",
        "part",
        "address",
        "port",
        "pid",
        "signal",
        "version",
        "component",
        "table",
        "bank",
        "message_id",
        "run_id",
        "attempt_id",
        "end_to_end_id",
        "obligation_id",
        "list",
        "entries",
        "rejected",
        "schedule",
        "seconds",
        "stage",
    ]
)


def _allow_listed(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in fields:
        if key not in ALLOWED:
            fields[key] = "[redacted]"
    return fields


def fault(error: BaseException) -> dict[str, Any]:
    """What may be logged of an unexpected error: its class and the innermost frames, never its text."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "error": type(error).__name__,
        "frames": [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in frames],
    }


def _json(fields: Any, **_options: Any) -> str:
    try:
        return msgspec.json.encode(fields, enc_hook=str).decode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(fields, default=str)


class _ForeignFormatter(logging.Formatter):
    """Lines of libraries: their name and level; the text only where it is a template of theirs, its arguments not filled in. A
    text without arguments may have been put together from anything (asyncio quotes exceptions): then the place has to do."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "event": str(record.msg)[:200] if record.args else f"{record.module}:{record.lineno} {record.funcName}",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[1]:
            fields.update(fault(record.exc_info[1]))
        return _json(fields)


def configure(service: str, level: str = "INFO") -> None:
    """Sets up structlog and the standard library's logging for the process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow_listed,
            structlog.processors.JSONRenderer(_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logger.cache_clear()
    structlog.contextvars.bind_contextvars(service=service)
    sys.excepthook = _last_words
    logging.raiseExceptions = False  # else a line that cannot be written is printed with its arguments
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ForeignFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # It reports each of its own retries as an error; what fails in the end reaches our code as an exception.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def _last_words(_kind: type[BaseException], error: BaseException, _trace: Any) -> None:
    """In place of the interpreter's traceback, which would print the text of the exception."""
    if not isinstance(error, KeyboardInterrupt):
        logger().critical("process failed", **fault(error))


@cache
def logger() -> Any:
    """One for the process: putting a logger together costs as much as writing a line."""
    return structlog.get_logger()
