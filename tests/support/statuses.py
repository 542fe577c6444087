"""What a failed call said: code, reason, and the details of google.rpc."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2


@dataclass(frozen=True)
class Failure:
    """A status as the caller got it; `raw` is everything that travelled."""

    code: grpc.StatusCode
    message: str
    reason: str
    metadata: dict[str, str]
    violations: dict[str, str]  # field -> rule
    preconditions: list[str]
    raw: bytes
    retry_after_s: float = 0.0


def failure(error: grpc.aio.AioRpcError) -> Failure:
    """Raises AssertionError for a status without ErrorInfo of our domain."""
    trailing: Any = dict(error.trailing_metadata() or ())
    raw: bytes = trailing.get("grpc-status-details-bin", b"")
    status = status_pb2.Status.FromString(raw)
    info, bad, missing, retry = details.ErrorInfo(), details.BadRequest(), details.PreconditionFailure(), details.RetryInfo()
    for detail in status.details:
        for message in (info, bad, missing, retry):
            if detail.Is(message.DESCRIPTOR):
                detail.Unpack(message)
    assert info.domain == "kamai", f"{error.code()} without ErrorInfo: {error.details()}"
    assert status.message == error.details()
    assert status.code == error.code().value[0]
    return Failure(
        error.code(), status.message, info.reason, dict(info.metadata),
        {v.field: v.reason for v in bad.field_violations}, [v.type for v in missing.violations], raw,
        retry.retry_delay.ToMilliseconds() / 1000,
    )  # fmt: skip


async def refused(call: Awaitable[Any]) -> Failure:
    """The failure of a call that must not succeed."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return failure(caught.value)
