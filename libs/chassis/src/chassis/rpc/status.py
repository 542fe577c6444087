"""Errors to gRPC status: one table. Every status carries ErrorInfo; a fault of ours carries an incident id and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from urllib.parse import quote

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from chassis.errors import InvalidFields, KamaiError, LimitExceeded, Precondition, PreconditionFailed, Reason, Violation

DOMAIN = "kamai"

CODES: dict[Reason, grpc.StatusCode] = {
    Reason.INVALID_FIELDS: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_PAGE_TOKEN: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.MALFORMED_MESSAGE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Reason.REQUEST_ID_REUSED: grpc.StatusCode.ALREADY_EXISTS,
    Reason.ILLEGAL_STATE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.PRECONDITION_FAILED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.PLAN_DRIFTED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.STALE_ETAG: grpc.StatusCode.ABORTED,
    Reason.CONFLICT: grpc.StatusCode.ABORTED,
    Reason.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Reason.PERMISSION_DENIED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.FOUR_EYES: grpc.StatusCode.PERMISSION_DENIED,
    Reason.STEP_UP_REQUIRED: grpc.StatusCode.UNAUTHENTICATED,
    Reason.LIMIT_EXCEEDED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.MESSAGE_TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Reason.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
    Reason.UNSUPPORTED: grpc.StatusCode.UNIMPLEMENTED,
    Reason.CANCELLED: grpc.StatusCode.CANCELLED,
}
# A client refuses headers of more than 8 KiB, from there on at random, and counts others too (gRPC A6, max_metadata_size).
_MOST_BYTES = 6_000
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


def _details(error: KamaiError) -> list[Message]:
    found: list[Message] = [error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)]
    if isinstance(error, InvalidFields):
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=v.field, description=v.message, reason=v.code)
            for v in error.violations
        ]
        found.append(error_details_pb2.BadRequest(field_violations=violations))
    if isinstance(error, PreconditionFailed):
        missing = [
            error_details_pb2.PreconditionFailure.Violation(type=p.type, subject=p.subject, description=p.description)
            for p in error.preconditions
        ]
        found.append(error_details_pb2.PreconditionFailure(violations=missing))
    if isinstance(error, LimitExceeded):
        quota = error_details_pb2.QuotaFailure.Violation(subject=error.subject, description=error.message)
        found.append(error_details_pb2.QuotaFailure(violations=[quota]))
        pause = duration_pb2.Duration()
        pause.FromMilliseconds(int(error.retry_after_s * 1000))
        found.append(error_details_pb2.RetryInfo(retry_delay=pause))
    return found


def _pack(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


def of(error: KamaiError) -> status_pb2.Status:
    """The status of a known error. One with more faults than gRPC lets through names the first, and how many more there are: in
    the text, and as `omitted` in the metadata."""
    made = _status(error)
    if _size(made) <= _MOST_BYTES:
        return made
    faults = _faults(error)
    count = len(faults)
    while count > 1 and _size(made) > _MOST_BYTES:
        count -= max(1, count // 8)
        made = _status(_cut(error, count, len(faults) - count))
    return made


def _status(error: KamaiError) -> status_pb2.Status:
    code = code_pb2.Code.Value(CODES[error.reason].name)
    return status_pb2.Status(code=code, message=error.message, details=[_pack(detail) for detail in _details(error)])


def _size(made: status_pb2.Status) -> int:
    """Bytes of headers: the text as percent-encoded, and all of it once more in base 64."""
    return len(quote(made.message, safe=_PLAIN)) + int(made.ByteSize() + 2) // 3 * 4


def _faults(error: KamaiError) -> Sequence[Violation | Precondition]:
    if isinstance(error, InvalidFields):
        return error.violations
    return error.preconditions if isinstance(error, PreconditionFailed) else ()


def _cut(error: KamaiError, count: int, omitted: int) -> KamaiError:
    cut: KamaiError
    if isinstance(error, InvalidFields):
        cut = InvalidFields(error.violations[:count])
    else:
        assert isinstance(error, PreconditionFailed)
        cut = type(error)(error.preconditions[:count])
    cut.message += f"; and {omitted} more"
    cut.metadata = error.metadata | {"omitted": str(omitted)}
    return cut


def of_fault() -> tuple[status_pb2.Status, str]:
    """The status of anything unmapped, and its incident id for the log."""
    incident = uuid.uuid4().hex[:12]
    return of(KamaiError(f"internal error, incident {incident}", {"incident_id": incident})), incident
