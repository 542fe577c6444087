"""The closed set of errors a use case may raise. `chassis.rpc.status` turns each into one gRPC status.

A message is read by the caller: it says what to do and holds nothing of ours (no SQL, no path, no personal value).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

_ID = re.compile(r"[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}|\d{1,19}", re.ASCII)  # a TypeID, or the number of a failed event


class Reason(StrEnum):
    """`google.rpc.ErrorInfo.reason`; the same list as kamai.type.v1.ErrorReason (a test compares them)."""

    INVALID_FIELDS = "INVALID_FIELDS"
    INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN"  # noqa: S105
    MALFORMED_MESSAGE = "MALFORMED_MESSAGE"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    ILLEGAL_STATE = "ILLEGAL_STATE"
    PRECONDITION_FAILED = "PRECONDITION_FAILED"
    PLAN_DRIFTED = "PLAN_DRIFTED"
    STALE_ETAG = "STALE_ETAG"
    CONFLICT = "CONFLICT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    FOUR_EYES = "FOUR_EYES"
    STEP_UP_REQUIRED = "STEP_UP_REQUIRED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    UNSUPPORTED = "UNSUPPORTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that breaks a rule: path as in the request (`profile.identity_numbers[0].value`), stable code, text."""

    field: str
    message: str
    code: str = "INVALID"


@dataclass(frozen=True, slots=True)
class Precondition:
    """One condition that is missing: stable type, what it is about, text that says what to do."""

    type: str
    subject: str
    description: str


class KamaiError(Exception):
    """Base of all. `metadata` becomes ErrorInfo.metadata."""

    reason: ClassVar[Reason] = Reason.INTERNAL

    def __init__(self, message: str, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = dict(metadata or {})


class InvalidFields(KamaiError):
    """Fields break rules; holds every violation found, never only the first."""

    reason = Reason.INVALID_FIELDS

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        super().__init__("; ".join(f"{v.field}: {v.message}" for v in self.violations) or "invalid fields")

    @classmethod
    def one(cls, field: str, message: str, code: str = "INVALID") -> InvalidFields:
        return cls([Violation(field, message, code)])


class InvalidPageToken(KamaiError):
    reason = Reason.INVALID_PAGE_TOKEN


class MalformedMessage(KamaiError):
    reason = Reason.MALFORMED_MESSAGE


class NotFound(KamaiError):
    """No such resource, or none the caller may know of: both say the same. What is no id of ours is the caller's own text: it is
    not repeated."""

    reason = Reason.NOT_FOUND

    def __init__(self, kind: str, resource_id: str) -> None:
        ours = {"id": resource_id} if _ID.fullmatch(resource_id) else {}
        super().__init__(f"{kind} not found", {"kind": kind, **ours})


class AlreadyExists(KamaiError):
    reason = Reason.ALREADY_EXISTS


class RequestIdReused(KamaiError):
    reason = Reason.REQUEST_ID_REUSED


class IllegalState(KamaiError):
    """The verb does not go with the state; says which verbs do."""

    reason = Reason.ILLEGAL_STATE

    def __init__(self, kind: str, state: str, verb: str, allowed: Sequence[str]) -> None:
        possible = ", ".join(allowed) if allowed else "nothing: the state is final"
        super().__init__(
            f"{kind} is {state}: cannot {verb}; possible is {possible}",
            {"kind": kind, "state": state, "verb": verb, "allowed": ",".join(allowed)},
        )


class PreconditionFailed(KamaiError):
    """Conditions are missing; holds every one."""

    reason = Reason.PRECONDITION_FAILED

    def __init__(self, preconditions: Sequence[Precondition]) -> None:
        self.preconditions = tuple(preconditions)
        super().__init__("; ".join(p.description for p in self.preconditions))

    @classmethod
    def one(cls, kind: str, subject: str, description: str) -> PreconditionFailed:
        return cls([Precondition(kind, subject, description)])


class PlanDrifted(PreconditionFailed):
    reason = Reason.PLAN_DRIFTED


class StaleEtag(KamaiError):
    reason = Reason.STALE_ETAG


class Conflict(KamaiError):
    reason = Reason.CONFLICT


class Unauthenticated(KamaiError):
    reason = Reason.UNAUTHENTICATED


class PermissionDenied(KamaiError):
    reason = Reason.PERMISSION_DENIED


class FourEyes(KamaiError):
    reason = Reason.FOUR_EYES


class StepUpRequired(KamaiError):
    """The caller must show a second factor again (RFC 9470), for `action` on what `identifier` names."""

    reason = Reason.STEP_UP_REQUIRED

    def __init__(self, acr_values: Sequence[str], max_age_s: float, action: str, identifier: str) -> None:
        wanted = {"acr_values": " ".join(acr_values), "max_age_s": f"{max_age_s:.0f}"}
        super().__init__(
            f"this needs a token with a second factor of the last {max_age_s:.0f} s, shown for this action and identifier"
            " (authorization_details): sign in again and repeat",
            wanted | {"action": action, "identifier": identifier},
        )


class LimitExceeded(KamaiError):
    """A limit was reached; `retry_after_s` says when a repeat may pass, `subject` which limit."""

    reason = Reason.LIMIT_EXCEEDED

    def __init__(self, subject: str, message: str, retry_after_s: float) -> None:
        super().__init__(message, {"limit": subject})
        self.subject = subject
        self.retry_after_s = retry_after_s


class MessageTooLarge(KamaiError):
    reason = Reason.MESSAGE_TOO_LARGE


class DeadlineExceeded(KamaiError):
    reason = Reason.DEADLINE_EXCEEDED


class Unavailable(KamaiError):
    reason = Reason.UNAVAILABLE


class Unsupported(KamaiError):
    reason = Reason.UNSUPPORTED
