"""What the services send as google.rpc.Status arrives as one error with everything in it."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from chassis import errors
from chassis.rpc import status
from grpc_status import rpc_status
from kamai.contracts.v1 import purchasing_pb2 as pb
from kamai.type.v1 import errors_pb2
from kamai_client import FieldViolation, Kamai, KamaiClientError, Precondition, hints
from unit.client.answering import Answering


async def refused(server: Answering, sent: Any) -> KamaiClientError:
    """The error a client gets when the service sends a status."""

    def answer(_request: Any, context: Any) -> Any:
        context.abort_with_status(rpc_status.to_status(sent))

    server.answers["GetOrganisation"] = answer
    async with Kamai(contracts=server.address) as kamai:
        with pytest.raises(KamaiClientError) as refusal:
            await kamai.organisations.GetOrganisation(pb.GetOrganisationRequest())
    return refusal.value


async def test_every_field_violation(server: Answering) -> None:
    """All of them, with field, text and code."""
    sent = errors.InvalidFields([errors.Violation("a", "is empty", "REQUIRED"), errors.Violation("b.c", "is odd", "ODD")])
    error = await refused(server, status.of(sent))
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")
    assert error.violations == (FieldViolation("a", "is empty", "REQUIRED"), FieldViolation("b.c", "is odd", "ODD"))
    assert "b.c: is odd" in str(error)


async def test_every_precondition(server: Answering) -> None:
    """Everything that is missing."""
    sent = errors.PreconditionFailed([errors.Precondition("CAPABILITY", "contractor_1", "may not sign")])
    error = await refused(server, status.of(sent))
    assert error.preconditions == (Precondition("CAPABILITY", "contractor_1", "may not sign"),)


async def test_state_and_what_it_allows(server: Answering) -> None:
    """The metadata of an illegal state."""
    error = await refused(server, status.of(errors.IllegalState("run", "DRAFT", "execute", ["submit", "cancel"])))
    assert error.reason == "ILLEGAL_STATE"
    assert error.metadata["state"] == "DRAFT"
    assert "submit" in error.metadata["allowed"]


async def test_retry_delay(server: Answering) -> None:
    """When to come back."""
    error = await refused(server, status.of(errors.LimitExceeded("caller", "too many calls", 2.5)))
    assert error.retry_after_s == 2.5


async def test_incident(server: Answering) -> None:
    """A fault of the service gives its number and nothing else."""
    sent, incident = status.of_fault()
    error = await refused(server, sent)
    assert (error.reason, error.incident_id) == ("INTERNAL", incident)


async def test_details_of_somebody_else(server: Answering) -> None:
    """A server that is not ours: code and text are all there is, and that is no fault."""

    def answer(_request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.INTERNAL, "boom")

    server.answers["GetOrganisation"] = answer
    async with Kamai(contracts=server.address) as kamai:
        with pytest.raises(KamaiClientError) as refusal:
            await kamai.organisations.GetOrganisation(pb.GetOrganisationRequest())
    assert (refusal.value.reason, refusal.value.message) == ("", "boom")


def test_every_reason_has_a_hint_or_none_on_purpose() -> None:
    """A new reason of the protos is not forgotten; an error carries the hint of its condition before that of its reason."""
    names = {name.removeprefix("ERROR_REASON_") for name in errors_pb2.ErrorReason.DESCRIPTOR.values_by_name} - {"UNSPECIFIED"}
    assert hints.BY_REASON.keys() == names
    missing = (Precondition("DOCUMENT_CHANGED", "contract_1", "another"),)
    error = KamaiClientError(grpc.StatusCode.FAILED_PRECONDITION, "PRECONDITION_FAILED", "no", preconditions=missing)
    assert "sign the hash" in error.hint
    assert KamaiClientError(grpc.StatusCode.UNKNOWN, "", "boom").hint == ""
