"""No request takes a country, a currency or a time zone without holding it against the list of those there are."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from kamai.type.v1 import vocabulary_pb2 as pb

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    pb.VOCABULARY_COUNTRY: re.compile(
        r"(^|_)(countr(y|ies)|nationalit(y|ies)|citizenships?|jurisdictions?|residences?)(_codes?)?$"
    ),
    pb.VOCABULARY_CURRENCY: re.compile(r"(^|_)(currenc(y|ies)|ccy)(_codes?)?$"),
    pb.VOCABULARY_TIME_ZONE: re.compile(r"(^|_)(time_?zones?|zones?|tz)$"),
}


def inputs() -> Iterator[Descriptor]:
    """The message each method takes."""
    for file in sorted((ROOT / "protos/kamai").rglob("*.proto")):
        module = importlib.import_module(".".join(file.relative_to(ROOT / "protos").with_suffix("").parts) + "_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from (method.input_type for method in service.methods)


def texts_of_requests() -> list[FieldDescriptor]:
    """Every text field of a request and of the messages in it; of a map that holds texts the field itself."""
    found, seen, ahead = [], set(), list(inputs())
    while ahead:
        message = ahead.pop()
        if message.full_name in seen:
            continue
        seen.add(message.full_name)
        for field in message.fields:
            inner = field.message_type
            holds = inner.fields_by_name["value"] if inner is not None and inner.GetOptions().map_entry else field
            if holds.message_type is not None:
                ahead.append(holds.message_type)
            elif holds.type == FieldDescriptor.TYPE_STRING:
                found.append(field)
    return found


def test_codes_of_requests_are_declared() -> None:
    """A field whose name says country, currency or time zone has the option, and it is the right one."""
    missing, count = [], 0
    for field in texts_of_requests():
        for vocabulary, names in NAMES.items():
            if names.search(field.name):
                count += 1
                if field.GetOptions().Extensions[pb.vocabulary] != vocabulary:
                    missing.append(f"{field.full_name}: {pb.Vocabulary.Name(vocabulary)}")
    assert not missing
    assert count >= 17


def test_patterns_of_codes_are_declared() -> None:
    """A field that takes two or three capitals is such a code too, whatever its name is."""
    text = "\n".join(file.read_text() for file in (ROOT / "protos/kamai").rglob("*.proto"))
    fields = re.findall(r"string \w+ = \d+ (\[[^;]*\]);", text)
    codes = [options for options in fields if re.search(r'"\^\(?\[A-Z\]\{[23]\}\)?\??\$"', options)]
    assert len(codes) >= 15
    assert not [options for options in codes if "kamai.type.v1.vocabulary" not in options]


def test_free_texts_of_requests_are_declared() -> None:
    """Reasons, notes, titles and the like, and names, may hold no card number; ids, numbers of accounts and of identity may."""
    free = re.compile(
        r"(^|_)(reason|note|description|title|scope|evidence|comment|message|skill|legal_name|holder_name|signer_name|other_name"
        r"|address_line|cost_centre)s?$"
    )
    fields = [field for field in texts_of_requests() if free.search(field.name)]
    missing = [field.full_name for field in fields if field.GetOptions().Extensions[pb.vocabulary] != pb.VOCABULARY_FREE_TEXT]
    assert not missing
    assert len(fields) >= 45
    numbers = re.compile(r"(^|_)(id|ids|value|account|account_number|bic|iban|bank_reference|etag|digest)$")
    told = [field for field in texts_of_requests() if field.GetOptions().Extensions[pb.vocabulary] == pb.VOCABULARY_FREE_TEXT]
    assert not [field.full_name for field in told if numbers.search(field.name)]
