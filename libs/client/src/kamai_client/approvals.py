"""What a second factor is shown for: one action on one thing, as `authorization_details` of a token say it (RFC 9396)."""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from kamai.type.v1 import access_pb2


class Approval(NamedTuple):
    """`action` is a method ("kamai.payouts.v1.RunService/ExecuteRun"), `identifier` the digest its request names, else the id."""

    action: str
    identifier: str

    @property
    def detail(self) -> dict[str, Any]:
        return {"type": "kamai_approval", "actions": [self.action], "identifier": self.identifier}

    @property
    def text(self) -> str:
        """As `parse` takes it."""
        return f"{self.action}={self.identifier}"


def parse(text: str) -> Approval:
    """From "ACTION=IDENTIFIER"; raises ValueError when it is none."""
    action, _, identifier = text.partition("=")
    if "/" not in action or not identifier:
        raise ValueError(f"{text!r} is no METHOD=ID, such as kamai.payouts.v1.RunService/ExecuteRun=DIGEST")
    return Approval(action, identifier)


def approval_of(request: Message) -> Approval | None:
    """What a second factor has to be shown for before `request` is made; None when it needs none."""
    method = method_of(request)
    if method is None or not method.GetOptions().Extensions[access_pb2.access].step_up:
        return None
    action = f"{method.containing_service.full_name}/{method.name}"
    names = ("digest", "id", "contractor_id")
    return Approval(action, next((value for name in names if (value := str(getattr(request, name, "")))), ""))


def method_of(request: Message) -> MethodDescriptor | None:
    """The method that takes `request`; None when there is none."""
    services: Any = request.DESCRIPTOR.file.services_by_name.values()
    methods = (method for service in services for method in service.methods)
    return next((method for method in methods if method.input_type is request.DESCRIPTOR), None)
