"""What a refused call says, decoded from `google.rpc.Status`: why, which fields, what is missing, and when to try again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from kamai_client import hints

# Nothing is known of these beyond the code: they come from gRPC itself and bring no details.
_FROM_CODE = {
    grpc.StatusCode.UNAVAILABLE: "UNAVAILABLE",
    grpc.StatusCode.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
    grpc.StatusCode.UNIMPLEMENTED: "UNSUPPORTED",
    grpc.StatusCode.CANCELLED: "CANCELLED",
    grpc.StatusCode.UNAUTHENTICATED: "UNAUTHENTICATED",
}


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """A field of the request that breaks a rule."""

    field: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Precondition:
    """Something that must hold first: `type` is a stable code, `subject` the id of what lacks it."""

    type: str
    subject: str
    description: str


@dataclass(eq=False)
class KamaiClientError(Exception):
    """A call that was refused or did not get through.

    Attributes:
        code: gRPC status.
        reason: stable name of kamai.type.v1.ErrorReason without its prefix; "" when the other side is not Kamai.
        message: for people.
        metadata: of the ErrorInfo, for example `state` and `allowed` of ILLEGAL_STATE.
        violations: every field that breaks a rule.
        preconditions: everything that is missing.
        retry_after_s: when to try again, if the service says so.
        service: which one was called; "" when it is not known.
    """

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[FieldViolation, ...] = ()
    preconditions: tuple[Precondition, ...] = ()
    retry_after_s: float | None = None
    service: str = ""

    @property
    def incident_id(self) -> str:
        """Number to quote to the operator when the fault is the service's own; else ""."""
        return self.metadata.get("incident_id", "")

    @property
    def hint(self) -> str:
        """What to do about it, with the commands of `kamai`; "" when the rest of the error says it."""
        return hints.hint(self.reason, tuple(each.type for each in self.preconditions))

    def __str__(self) -> str:
        said = [f"{self.reason or self.code.name}: {self.message}"]
        said += [f"{v.field}: {v.message}" for v in self.violations]
        said += [f"{p.type} {p.subject}: {p.description}" for p in self.preconditions]
        return "; ".join(said)


def from_rpc(error: grpc.aio.AioRpcError, service: str = "") -> KamaiClientError:
    """Decodes what gRPC raised; details that cannot be read leave the plain code and text."""
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        status = None
    code = error.code()
    return _decoded(code, error.details() or "", status or status_pb2.Status(), service)


def _decoded(code: grpc.StatusCode, text: str, status: status_pb2.Status, service: str) -> KamaiClientError:
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    missing, retry = error_details_pb2.PreconditionFailure(), error_details_pb2.RetryInfo()
    retry_after_s = None
    for detail in status.details:
        for target in (info, bad, missing, retry):
            if detail.Unpack(target) and target is retry:
                retry_after_s = retry.retry_delay.ToMilliseconds() / 1000
    return KamaiClientError(
        code, info.reason or _FROM_CODE.get(code, ""), status.message or text or code.name.lower(), dict(info.metadata),
        tuple(FieldViolation(v.field, v.description, v.reason) for v in bad.field_violations),
        tuple(Precondition(v.type, v.subject, v.description) for v in missing.violations),
        retry_after_s, service,
    )  # fmt: skip
