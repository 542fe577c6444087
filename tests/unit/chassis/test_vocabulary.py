"""Codes of countries, currencies and time zones that are on no list are refused, wherever in a request they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import kamai_vocabulary
import pytest
from chassis.errors import InvalidFields
from chassis.money import exponent
from chassis.rpc import validation, vocabulary
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st
from kamai.contracts.v1 import contract_pb2
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2
from kamai.ops.v1 import event_admin_pb2
from kamai.type.v1 import vocabulary_pb2 as pb

TEXT, MESSAGE, INT = Field.TYPE_STRING, Field.TYPE_MESSAGE, Field.TYPE_INT32


def broken(message: Message) -> dict[str, set[str]]:
    """The rules each field breaks."""
    try:
        validation.check(message)
    except InvalidFields as error:
        found: dict[str, set[str]] = {}
        for violation in error.violations:
            found.setdefault(violation.field, set()).add(violation.code)
        return found
    return {}


def profile(**fields: Any) -> contractor_pb2.ContractorProfile:
    sound: dict[str, Any] = {"person_type": 1, "legal_name": "Ayla Sample", "country": "PK", "email": "ayla@example.com"}
    return contractor_pb2.ContractorProfile(**(sound | fields))


def add_field(message: Any, name: str, kind: Any, *, type_name: str = "", repeated: bool = False, code: int = 0) -> None:
    label = Field.LABEL_REPEATED if repeated else Field.LABEL_OPTIONAL
    field = message.field.add(name=name, number=len(message.field) + 1, type=kind, label=label, type_name=type_name or None)
    if code:
        field.options.Extensions[pb.vocabulary] = code


def add_map(message: Any, name: str, key: Any, value: Any, *, type_name: str = "", code: int = 0) -> None:
    entry = message.nested_type.add(name=f"{name.title()}Entry")
    entry.options.map_entry = True
    add_field(entry, "key", key)
    add_field(entry, "value", value, type_name=type_name)
    add_field(message, name, MESSAGE, type_name=f".test.Node.{name.title()}Entry", repeated=True, code=code)


@pytest.fixture(scope="module")
def node() -> Callable[..., Any]:
    """A message with codes in every kind of place, which holds itself."""
    file = descriptor_pb2.FileDescriptorProto(name="test/node.proto", package="test", syntax="proto3")
    file.dependency.append("kamai/type/v1/vocabulary.proto")
    message = file.message_type.add(name="Node")
    add_field(message, "country", TEXT, code=pb.VOCABULARY_COUNTRY)
    add_field(message, "any_text", TEXT)
    add_field(message, "zones", TEXT, repeated=True, code=pb.VOCABULARY_TIME_ZONE)
    add_field(message, "child", MESSAGE, type_name=".test.Node")
    add_field(message, "children", MESSAGE, type_name=".test.Node", repeated=True)
    add_map(message, "named", TEXT, TEXT, code=pb.VOCABULARY_CURRENCY)
    add_map(message, "numbered", INT, MESSAGE, type_name=".test.Node")
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("test.Node"))


def test_every_place_is_looked_at(node: Callable[..., Any]) -> None:
    """Fields, items, values of maps and messages below are all reported at once, with paths as protovalidate writes them."""
    bad = node(country="UK", any_text="UK", zones=["UTC", "Mars/Base"], named={"secret": "XXX", "fine": "EUR"})
    top = node(child=bad, children=[node(country="GB"), node(country="ZZ")], numbered={7: node(zones=["PKT"])})
    assert broken(top) == {
        "child.country": {"COUNTRY_UNKNOWN"},
        "child.zones[1]": {"TIME_ZONE_UNKNOWN"},
        "child.named[key]": {"CURRENCY_UNKNOWN"},
        "children[1].country": {"COUNTRY_UNKNOWN"},
        "numbered[7].zones[0]": {"TIME_ZONE_UNKNOWN"},
    }
    assert broken(node()) == {}


def test_the_rules_of_the_protos_are_reported_beside_them() -> None:
    """A request with faults of both kinds gets all of them in one answer."""
    request = contractor_service_pb2.RegisterContractorRequest(
        request_id="no uuid", profile=profile(country="UK", nationalities=["PK", "XX"], time_zone="Mars/Base", email="nowhere")
    )
    found = broken(request)
    assert found["profile.country"] == found["profile.nationalities[1]"] == {"COUNTRY_UNKNOWN"}
    assert found["profile.time_zone"] == {"TIME_ZONE_UNKNOWN"}
    assert {"request_id", "profile.email"} <= set(found)


@pytest.mark.parametrize("country", ["UK", "ZZ", "EL", "EU", "SU", "QM", "AN"])
def test_no_countries(country: str) -> None:
    """Misspelt, reserved, withdrawn and private codes are none of ISO 3166-1."""
    assert broken(profile(country=country)) == {"country": {"COUNTRY_UNKNOWN"}}


@pytest.mark.parametrize("country", ["GB", "GR", "PK", "SS", "CW", "XK"])
def test_countries(country: str) -> None:
    """So are those that came late, and Kosovo as banks write it."""
    assert broken(profile(country=country)) == {}


@pytest.mark.parametrize("currency", ["XXX", "XTS", "XAU", "XDR", "RMB", "HRK", "DEM", "VEF", "USN", "CLF"])
def test_no_currencies(currency: str) -> None:
    """Metals, tests, baskets, slang, what is out of force, and units that only funds have."""
    assert broken(contract_pb2.ContractTerms(currency=currency))["currency"] == {"CURRENCY_UNKNOWN"}


@given(st.sampled_from(sorted(kamai_vocabulary.currencies())))
def test_every_currency_can_be_counted(currency: str) -> None:
    """What a request may name has minor units, so that no later step fails on it."""
    assert exponent(currency) >= 0
    assert "currency" not in broken(contract_pb2.ContractTerms(currency=currency))


@pytest.mark.parametrize("zone", ["Mars/Base", "PKT", "asia/karachi", "Factory", "../etc/passwd", "UTC+5", "posixrules", "."])
def test_no_time_zones(zone: str) -> None:
    """Names that are none, written otherwise, or look like paths."""
    assert broken(profile(time_zone=zone)) == {"time_zone": {"TIME_ZONE_UNKNOWN"}}


def test_every_time_zone_can_be_used() -> None:
    """What a request may name is found by the library that computes with it."""
    assert {"Asia/Karachi", "Europe/Kyiv", "America/New_York", "UTC"} <= kamai_vocabulary.time_zones()
    for name in kamai_vocabulary.time_zones():
        assert ZoneInfo(name).key == name


def test_nothing_is_echoed(node: Callable[..., Any]) -> None:
    """Neither a value nor a key of the request comes back, but an example of what is meant does."""
    with pytest.raises(InvalidFields) as caught:
        validation.check(node(country="canary-1", zones=["canary-2"], named={"canary-3": "canary-4"}))
    told = [f"{violation.field} {violation.message}" for violation in caught.value.violations]
    assert not [text for text in told if "canary" in text]
    assert [example for example in ("GB (not UK)", "Asia/Karachi", "CNY (not RMB)") if not any(example in t for t in told)] == []


def test_empty_codes_are_the_business_of_other_rules() -> None:
    """A field that may be left out may; one that must be there is reported by its own rule only."""
    assert broken(contractor_service_pb2.ListContractorsRequest(country="")) == {}
    assert broken(profile(time_zone="")) == {}
    assert broken(profile(country="")) == {"country": {"STRING_PATTERN"}}


def test_messages_without_codes_have_no_plan() -> None:
    """Where there is nothing to look at, nothing is looked at: the cost is one look into a table."""
    assert vocabulary._plan(event_admin_pb2.ListFailedEventsRequest.DESCRIPTOR) == ()
    assert [step.name for step in vocabulary._plan(contractor_service_pb2.RegisterContractorRequest.DESCRIPTOR)] == ["profile"]
