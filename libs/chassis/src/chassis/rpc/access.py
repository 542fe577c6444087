"""Who may call what. The table is in the protos (kamai/type/v1/access.proto): method -> permission -> roles; default deny."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from kamai.type.v1 import access_pb2

from chassis.errors import PermissionDenied, StepUpRequired
from chassis.rpc.call import Caller

_SKEW_S = 60.0
# Fields of a request that a second factor is shown for, the first of them that it has.
IDENTIFIERS = ("digest", "id", "contractor_id")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a call of one method needs. `roles` and `permission` by their names in small letters."""

    permission: str
    roles: frozenset[str]
    step_up: bool
    personal_data: bool
    weight: str = "read"  # or write, heavy: whose bucket of chassis.rpc.limits it takes from


@dataclass(frozen=True, slots=True)
class StepUpPolicy:
    """How strong (`acr`, OpenID Connect core) and how fresh a second factor must be; seconds."""

    acr_values: tuple[str, ...]
    max_age_s: float


def _name(enum: Any, number: int, prefix: str) -> str:
    return str(enum.Name(number)).removeprefix(prefix).lower()


def _bindings() -> Mapping[str, int]:
    values = access_pb2.Role.DESCRIPTOR.values
    return {
        _name(access_pb2.Role, value.number, "ROLE_"): value.GetOptions().Extensions[access_pb2.binding] for value in values
    }  # fmt: skip


_BINDING = _bindings()
ROLES = frozenset(_BINDING) - {"unspecified"}


@cache
def rule(method: str) -> Rule | None:
    """The rule of a method ("/package.Service/Method"); None: there is no such method, or it says none."""
    service, _, name = method.removeprefix("/").partition("/")
    try:
        found: Any = descriptor_pool.Default().FindServiceByName(service).methods_by_name.get(name)
    except KeyError:
        return None
    access = found.GetOptions().Extensions[access_pb2.access] if found else None
    if access is None or not access.permission:
        return None
    value = access_pb2.Permission.DESCRIPTOR.values_by_number[access.permission]
    grant = value.GetOptions().Extensions[access_pb2.grant]
    roles = frozenset(_name(access_pb2.Role, number, "ROLE_") for number in grant.roles)
    permission = _name(access_pb2.Permission, access.permission, "PERMISSION_")
    writes = "request_id" in _fields(found)
    weight = "heavy" if access.heavy else "write" if writes else "read"
    return Rule(permission, roles, access.step_up, access.personal_data, weight)


def _fields(method: Any) -> set[str]:
    """Of its request; of a stream's header too."""
    names = {field.name: field.message_type for field in method.input_type.fields}
    header = names.get("header")
    return {*names, *(field.name for field in header.fields)} if header else set(names)


def without_rule(services: Iterable[str]) -> list[str]:
    """Methods of these services that nobody may call because nothing is said of them."""
    found = [descriptor_pool.Default().FindServiceByName(name) for name in services]
    methods = [f"/{service.full_name}/{method.name}" for service in found for method in service.methods]
    return [method for method in methods if rule(method) is None]


def roles_that_count(caller: Caller) -> frozenset[str]:
    """The caller's roles that fit what it is bound to: a client's token is never the platform's compliance officer."""
    if caller.organisation_id:
        bound = access_pb2.BINDING_ORGANISATION
    elif caller.contractor_id:
        bound = access_pb2.BINDING_CONTRACTOR
    elif caller.bank:
        bound = access_pb2.BINDING_BANK
    else:
        bound = access_pb2.BINDING_PLATFORM
    return _fitting(caller.roles, bound)


@lru_cache(maxsize=1000)  # asked twice a call, of few different sets
def _fitting(roles: frozenset[str], bound: int) -> frozenset[str]:
    return frozenset(role for role in roles if _BINDING.get(role) == bound)


def check(found: Rule | None, caller: Caller) -> Rule:
    """The rule; raises PermissionDenied unless one of the caller's roles has the permission."""
    if found is None:
        raise PermissionDenied("nobody may call this method")
    if not found.roles & roles_that_count(caller):
        raise PermissionDenied(
            f"this needs {found.permission}, which the roles of your token do not give", {"permission": found.permission}
        )  # fmt: skip
    return found


def check_step_up(caller: Caller, method: str, request: Message, policy: StepUpPolicy) -> None:
    """Raises StepUpRequired unless a second factor was shown lately, for this method and what the request names."""
    action, identifier = method.removeprefix("/"), _named(request)
    age_s = time.time() - caller.authenticated_at
    fresh = -_SKEW_S <= age_s <= policy.max_age_s
    if caller.acr in policy.acr_values and fresh and identifier and (action, identifier) in caller.approves:
        return
    raise StepUpRequired(policy.acr_values, policy.max_age_s, action, identifier)


def _named(request: Message) -> str:
    """The digest of what was looked at, else the id."""
    return next((value for name in IDENTIFIERS if (value := str(getattr(request, name, "")))), "")
