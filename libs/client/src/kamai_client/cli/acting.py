"""For whom a command acts when nobody was named: read from the permissions in the protos."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf.message import Message
from kamai.type.v1 import access_pb2

from kamai_client.approvals import method_of

_SAY: dict[int, str] = {
    access_pb2.BINDING_ORGANISATION: "--for org_...",
    access_pb2.BINDING_CONTRACTOR: "--for contractor_...",
    access_pb2.BINDING_BANK: "--for bank:NAME",
    access_pb2.BINDING_PLATFORM: "no --for",
}


def _access_of(request: Message) -> Any:
    """What the method that takes `request` needs; None when there is no such method."""
    found = method_of(request)
    return found.GetOptions().Extensions[access_pb2.access] if found else None


@cache
def _bindings(permission: int) -> frozenset[int]:
    """What a token must be bound to for one of the permission's roles to count."""
    granted = access_pb2.Permission.DESCRIPTOR.values_by_number[permission].GetOptions().Extensions[access_pb2.grant]
    roles = access_pb2.Role.DESCRIPTOR.values_by_number
    return frozenset(roles[number].GetOptions().Extensions[access_pb2.binding] for number in granted.roles)


def organisation_of(request: Message) -> str:
    """The organisation that `request` names, if only somebody bound to it may make this call; else ""."""
    access = _access_of(request)
    if access is None or access_pb2.BINDING_PLATFORM in (bindings := _bindings(access.permission)):
        return ""
    named = str(getattr(request, "organisation_id", ""))
    return named if access_pb2.BINDING_ORGANISATION in bindings else ""


def _granted(permission: int) -> tuple[str, ...]:
    granted = access_pb2.Permission.DESCRIPTOR.values_by_number[permission].GetOptions().Extensions[access_pb2.grant]
    return tuple(access_pb2.Role.Name(number).removeprefix("ROLE_").lower() for number in granted.roles)


def roles_with(permission: str) -> tuple[str, ...]:
    """Roles that have a permission (its name in small letters); none when it is unknown."""
    try:
        return _granted(access_pb2.Permission.Value(f"PERMISSION_{permission.upper()}"))
    except ValueError:
        return ()


def roles_for(request: Message) -> tuple[str, ...]:
    """Roles that may make this call."""
    access = _access_of(request)
    return _granted(access.permission) if access is not None and access.permission else ()


def who_may(permission: str) -> str:
    """How to act as somebody who has the permission (its name in small letters), for a hint; "" when it is unknown."""
    try:
        number = access_pb2.Permission.Value(f"PERMISSION_{permission.upper()}")
    except ValueError:
        return ""
    said = dict.fromkeys(_SAY[binding] for binding in sorted(_bindings(number)) if binding in _SAY)
    return "act as somebody who may: " + " or ".join(said)
