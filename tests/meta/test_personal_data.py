"""Methods that answer with what the services store sealed say so in the protos: reading it is an audit entry."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import kamai
from kamai.type.v1 import access_pb2

# Fields a person's sealed values come out of, but for those of methods that write.
SEALED = {
    "kamai.contracts.v1.GetContractDocumentResponse.pdf",
    "kamai.contracts.v1.Signature.signer_name",
    "kamai.contracts.v1.TimeEntry.note",
    "kamai.onboarding.v1.ContractorProfile.legal_name",
    "kamai.onboarding.v1.ExportContractorResponse.data",
    "kamai.onboarding.v1.IdentityNumber.value",
    "kamai.onboarding.v1.PayoutMethod.holder_name",
    "kamai.onboarding.v1.Review.decision_reason",
    "kamai.onboarding.v1.TokenMatch.subject_token",
    "kamai.payouts.v1.Failure.text",
    "kamai.payouts.v1.GetBankMessageResponse.content",
}


def methods() -> Iterator[Any]:
    for module in pkgutil.walk_packages(kamai.__path__, "kamai."):
        if module.name.endswith("_pb2"):
            for service in importlib.import_module(module.name).DESCRIPTOR.services_by_name.values():
                yield from service.methods


def fields(message: Any, above: frozenset[str] = frozenset()) -> set[str]:
    """Full names of all fields a message can have, at any depth."""
    found = {field.full_name for field in message.fields}
    for field in message.fields:
        if field.message_type is not None and field.message_type.full_name not in above:
            found |= fields(field.message_type, above | {message.full_name})
    return found


def writes(method: Any) -> bool:
    header = method.input_type.fields_by_name.get("header")
    return "request_id" in (header.message_type if header else method.input_type).fields_by_name


def test_what_is_sealed_is_read_with_an_entry() -> None:
    """No reading method answers with a field of SEALED without saying that it gives personal data."""
    silent = {
        f"{method.full_name}: {name}"
        for method in methods()
        if not method.GetOptions().Extensions[access_pb2.access].personal_data and not writes(method)
        for name in fields(method.output_type) & SEALED
    }
    assert not silent


def test_every_field_is_read_somewhere() -> None:
    """A name of SEALED that no method answers with is out of date."""
    read = set().union(*(fields(method.output_type) for method in methods()))
    assert read >= SEALED
