"""What the servers themselves say they have: every method with its rule, read by reflection, so that none can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from kamai.type.v1 import access_pb2

OPEN = ("grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection")
BINDINGS = ("org", "contractor", "bank", "platform")
_FITTING = {
    access_pb2.BINDING_ORGANISATION: "org",
    access_pb2.BINDING_CONTRACTOR: "contractor",
    access_pb2.BINDING_BANK: "bank",
    access_pb2.BINDING_PLATFORM: "platform",
}
READING = ("Get", "List", "Find", "Export", "Stream", "Watch", "Why", "Explain", "Check", "Quote")


def _short(enum: Any, number: int, prefix: str) -> str:
    return str(enum.Name(number)).removeprefix(prefix).lower()


def role_bindings() -> dict[str, str]:
    """The binding in which each role counts."""
    values = access_pb2.Role.DESCRIPTOR.values[1:]
    return {
        _short(access_pb2.Role, each.number, "ROLE_"): _FITTING[each.GetOptions().Extensions[access_pb2.binding]]
        for each in values
    }  # fmt: skip


@dataclass(frozen=True)
class Method:
    """One method of one running service; `permission` and `roles` by their names in small letters, "" and () where none."""

    server: str
    descriptor: MethodDescriptor
    permission: str
    roles: tuple[str, ...]
    step_up: bool

    @property
    def name(self) -> str:
        return self.descriptor.name

    @property
    def path(self) -> str:
        return f"/{self.descriptor.containing_service.full_name}/{self.name}"

    @property
    def title(self) -> str:
        """As a person tells it from the others: every service has its audit trail and its failed events."""
        return f"{self.server} {self.descriptor.containing_service.name}.{self.name}"

    @property
    def reads(self) -> bool:
        return self.name.startswith(READING)

    @property
    def lists(self) -> bool:
        """Whether no row is an answer, rather than NOT_FOUND."""
        return self.name.startswith(("List", "Stream"))

    def allows(self, role: str, binding: str) -> bool:
        return role in self.roles and role_bindings()[role] == binding

    def right_roles(self, binding: str) -> list[str]:
        return [role for role in self.roles if self.allows(role, binding)]

    def request(self) -> Message:
        return self._class(self.descriptor.input_type)()

    def reply(self, raw: bytes) -> Message:
        return self._class(self.descriptor.output_type).FromString(raw)

    @staticmethod
    def _class(descriptor: Descriptor) -> type[Message]:
        return GetMessageClass(descriptor)


def _of(server: str, descriptor: MethodDescriptor) -> Method:
    access = descriptor.GetOptions().Extensions[access_pb2.access]
    value = access_pb2.Permission.DESCRIPTOR.values_by_number[access.permission]
    grant = value.GetOptions().Extensions[access_pb2.grant]
    roles = tuple(_short(access_pb2.Role, number, "ROLE_") for number in grant.roles)
    permission = _short(access_pb2.Permission, access.permission, "PERMISSION_") if access.permission else ""
    return Method(server, descriptor, permission, roles, access.step_up)


def _services(address: str) -> Iterator[Any]:
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        pool = DescriptorPool(database)
        for name in sorted(database.get_services()):
            yield name if name in OPEN else pool.FindServiceByName(name)


def discover(addresses: Mapping[str, str]) -> tuple[list[Method], list[str]]:
    """The methods of all servers, and "server service" of each service that is open to everybody."""
    methods: list[Method] = []
    opened: list[str] = []
    for server, address in addresses.items():
        for service in _services(address):
            if isinstance(service, str):
                opened.append(f"{server} {service}")
            else:
                methods += [_of(server, method) for method in service.methods]
    return methods, opened
