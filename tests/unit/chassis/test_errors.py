"""Errors and gRPC status: one closed list, one table, nothing lost on the way."""

from __future__ import annotations

import base64
from urllib.parse import quote

import grpc
import pytest
from chassis import errors
from chassis.errors import KamaiError, Reason
from chassis.rpc import status
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from kamai.type.v1 import errors_pb2

EXAMPLES: list[KamaiError] = [
    errors.InvalidFields([errors.Violation("a", "must be", "X"), errors.Violation("b[0].c", "must not", "Y")]),
    errors.InvalidPageToken("token"),
    errors.MalformedMessage("bytes"),
    errors.NotFound("contract", "ct_1"),
    errors.AlreadyExists("taken"),
    errors.RequestIdReused("again"),
    errors.IllegalState("run", "DRAFT", "execute", ["approve"]),
    errors.PreconditionFailed([errors.Precondition("A", "b", "c"), errors.Precondition("D", "e", "f")]),
    errors.PlanDrifted.one("RATE", "run_1", "plan again"),
    errors.StaleEtag("etag"),
    errors.Conflict("race"),
    errors.Unauthenticated("who"),
    errors.PermissionDenied("no"),
    errors.FourEyes("same"),
    errors.StepUpRequired(["mfa"], 300, "a.B/C", "ab"),
    errors.LimitExceeded("calls", "slow down", 2.5),
    errors.MessageTooLarge("large"),
    errors.DeadlineExceeded("late"),
    errors.Unavailable("away"),
    errors.Unsupported("later"),
    KamaiError("internal"),
]


def subclasses(kind: type[KamaiError]) -> set[type[KamaiError]]:
    return {kind}.union(*(subclasses(sub) for sub in kind.__subclasses__()))


def test_the_protos_list_the_same_reasons() -> None:
    """kamai.type.v1.ErrorReason and errors.Reason are one list."""
    names = {name.removeprefix("ERROR_REASON_") for name in errors_pb2.ErrorReason.keys()}  # noqa: SIM118  # no dict
    assert names - {"UNSPECIFIED"} == {reason.value for reason in Reason}
    assert all(reason.name == reason.value for reason in Reason)


def test_every_reason_has_a_code() -> None:
    """No reason is without a code, and none of them is OK or UNKNOWN."""
    assert set(status.CODES) == set(Reason)
    assert not {grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN} & set(status.CODES.values())


def test_every_error_is_among_the_examples() -> None:
    """The examples of this file cover every class and every reason that a use case can raise."""
    own = {kind for kind in subclasses(KamaiError) if kind.__module__ == errors.__name__}
    assert {type(example) for example in EXAMPLES} == own
    assert {example.reason for example in EXAMPLES} == set(Reason) - {Reason.CANCELLED}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_through_the_status_and_back(error: KamaiError) -> None:
    """Code, text, reason, metadata and every detail are there after a round trip through bytes."""
    found = status_pb2.Status.FromString(status.of(error).SerializeToString())
    assert (found.code, found.message) == (status.CODES[error.reason].value[0], error.message)
    unpacked = {}
    for detail in found.details:
        kind = {m.DESCRIPTOR.full_name: m for m in (
            details.ErrorInfo, details.BadRequest, details.PreconditionFailure, details.QuotaFailure, details.RetryInfo
        )}[detail.TypeName()]  # fmt: skip
        unpacked[kind] = kind.FromString(detail.value)
    info = unpacked.pop(details.ErrorInfo)
    assert (info.reason, info.domain, dict(info.metadata)) == (error.reason, "kamai", error.metadata)
    _check_details(error, unpacked)


def _check_details(error: KamaiError, unpacked: dict[object, object]) -> None:
    bad, missing, quota, retry = (
        unpacked.pop(kind, None)
        for kind in (details.BadRequest, details.PreconditionFailure, details.QuotaFailure, details.RetryInfo)
    )
    if isinstance(error, errors.InvalidFields):
        assert isinstance(bad, details.BadRequest)
        assert [(v.field, v.description, v.reason) for v in bad.field_violations] == [
            (v.field, v.message, v.code) for v in error.violations
        ]
    if isinstance(error, errors.PreconditionFailed):
        assert isinstance(missing, details.PreconditionFailure)
        assert [(v.type, v.subject, v.description) for v in missing.violations] == [
            (p.type, p.subject, p.description) for p in error.preconditions
        ]
    if isinstance(error, errors.LimitExceeded):
        assert isinstance(quota, details.QuotaFailure)
        assert isinstance(retry, details.RetryInfo)
        assert quota.violations[0].subject == error.subject
        assert retry.retry_delay.ToMilliseconds() == 2500
    expected = [isinstance(error, k) for k in (errors.InvalidFields, errors.PreconditionFailed, errors.LimitExceeded)]
    assert [bad is not None, missing is not None, quota is not None] == expected


def test_incidents_differ() -> None:
    """Two faults have two incident ids, and their status says nothing else."""
    (first, one), (_, other) = status.of_fault(), status.of_fault()
    assert one != other
    assert first.message == f"internal error, incident {one}"


def test_what_was_asked_for_is_not_repeated() -> None:
    """NOT_FOUND has the id of a form of ours, and nothing where the caller may write anything."""
    known = "contract_01h455vb4pex5vsknk084sn02q"
    assert errors.NotFound("contract", known).metadata == {"kind": "contract", "id": known}
    for text in ("' OR 1=1", f"{known}\n", "list/entry", ""):
        assert errors.NotFound("candidate", text).metadata == {"kind": "candidate"}


@pytest.mark.parametrize("count", [1, 20, 60, 400])
@pytest.mark.parametrize("kind", [errors.InvalidFields, errors.PlanDrifted])
def test_an_error_fits_into_headers(kind: type[KamaiError], count: int) -> None:
    """However many faults it has: the first are named, the rest counted, and nothing is left out that would have fitted."""
    violations = [errors.Violation(f"profile.lines[{n}].ä", "must be shorter than 200 characters", "MAX") for n in range(count)]
    missing_ones = [errors.Precondition("RATE", f"run_{n}", "the rate has changed: plan again") for n in range(count)]
    error: KamaiError = errors.PlanDrifted(missing_ones)
    if kind is errors.InvalidFields:
        error = errors.InvalidFields(violations)
    made = status.of(error)
    info, bad, missing = details.ErrorInfo(), details.BadRequest(), details.PreconditionFailure()
    for detail in made.details:
        for message in (info, bad, missing):
            detail.Unpack(message)
    named = len(bad.field_violations) + len(missing.violations)
    omitted = int(info.metadata.get("omitted", 0))
    assert named + omitted == count
    assert made.message.endswith(f"; and {omitted} more") == bool(omitted)
    assert info.reason == error.reason
    assert len(quote(made.message)) + len(base64.b64encode(made.SerializeToString())) < 8_000
    assert (omitted == 0) == (count <= 20)
    assert named > 10 or count == 1
