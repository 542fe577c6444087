"""Errors to gRPC status: one table. Every status carries ErrorInfo; a fault of ours carries an incident id and nothing else."""

from __future__ import annotations

import uuid

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from chassis.errors import InvalidFields, KamaiError, LimitExceeded, PreconditionFailed, Reason

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
_CANCELLED_CALL = "the caller went away"


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
    """The status of a known error."""
    code = code_pb2.Code.Value(CODES[error.reason].name)
    return status_pb2.Status(code=code, message=error.message, details=[_pack(detail) for detail in _details(error)])


def of_fault() -> tuple[status_pb2.Status, str]:
    """The status of anything unmapped, and its incident id for the log."""
    incident = uuid.uuid4().hex[:12]
    return of(KamaiError(f"internal error, incident {incident}", {"incident_id": incident})), incident
