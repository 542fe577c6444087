"""Rows of their own for calls that use one up: what a call needs is made by the calls that come before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from support.security.calling import Servers
from support.security.filling import prefix_of
from support.security.methods import Method
from support.security.requests import Requests

Carried = dict[str, str]
"""By prefix of an id, or by the name of a field: what the calls before have answered."""

_CASE = ("RegisterContractor",)
_ORDER = ("CreatePurchaseOrder",)
_DRAFT = (*_ORDER, "DraftContract")
_PROPOSED = (*_DRAFT, "ProposeContract")
_SIGNED = (*_PROPOSED, "SignContract org")
_WORK = (*_SIGNED, "SignContract contractor", "ListWorkItems")
STEPS: Mapping[str, tuple[str, ...]] = {
    "UpdateContractor": _CASE, "SuspendContractor": _CASE, "ReinstateContractor": (*_CASE, "SuspendContractor"),
    "CloseContractor": _CASE, "AddPayoutMethod": _CASE, "DisablePayoutMethod": (*_CASE, "AddPayoutMethod"),
    "AmendPurchaseOrder": _ORDER, "ClosePurchaseOrder": _ORDER, "DraftContract": _ORDER, "VoidContract": _DRAFT,
    "SignContract": _PROPOSED, "DeclineContract": _SIGNED, "EndContract": _WORK, "SubmitMilestone": _WORK,
    "RequestMilestoneChanges": (*_WORK, "SubmitMilestone"),
}  # fmt: skip
"""By method: the calls before it, with the binding of the caller where it is not the first that may call."""
_TOLD = ("etag", "document_sha256")


class NotMade(Exception):
    """A call that must be served was refused."""


class Fresh:
    """Makes them on running servers."""

    def __init__(self, requests: Requests, methods: Mapping[str, Method], servers: Servers) -> None:
        self._requests, self._methods, self._servers = requests, methods, servers

    async def before(self, method: Method) -> Carried:
        """Everything the method needs. Raises NotMade."""
        carried: Carried = {}
        for step in STEPS.get(method.name, ()):
            name, _, binding = step.partition(" ")
            request, token = self._requests.valid(self._methods[name], binding, of_owner=True)
            carry(request, carried)
            answer = await self._servers.call(self._methods[name], request, token)
            if answer.error:
                raise NotMade(f"{method.name} needs {name}: {answer}")
            carried |= told(answer.replies[0])
        return carried


def carry(request: Message, carried: Carried) -> None:
    """Into the fields for such ids, and those of the same name."""
    for each in request.DESCRIPTOR.fields:
        if value := carried.get(prefix_of(each)) or carried.get(each.name):
            setattr(request, each.name, value)


def told(reply: Any) -> Carried:
    """Of the first thing a reply holds."""
    first: Any = reply.ListFields()[0][1]
    thing: Any = first if isinstance(first, Message) else first[0]
    found = {name: getattr(thing, name, "") for name in _TOLD}
    return {name: text for name, text in found.items() if text} | {thing.id.partition("_")[0]: thing.id}
