"""Who calls, for which tenant, until when: set by the interceptor, read where a transaction begins."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from google.protobuf.message import Message

from chassis.db.database import PLATFORM
from chassis.ids import raw

if TYPE_CHECKING:
    from chassis.rpc.access import Rule


@dataclass(frozen=True, slots=True)
class Caller:
    """Who an authenticated token or certificate stands for; "" and empty sets where it says nothing.

    `organisation_id`, `contractor_id` (TypeIDs) and `bank` bind the caller to a tenant, a person or a partner bank. `acr` and
    `authenticated_at` (Unix time, 0.0 unknown) tell how and when the person last proved to be it; `approves` is what that proof
    was given for (RFC 9396 authorization_details): pairs of "package.Service/Method" and a digest or id. `credential` is the
    issuer of its token, or "certificate": the same subject of another one is somebody else. `tenant` is whom transactions of this
    caller act for: what row-level security sees (chassis.db.database).
    """

    subject: str
    organisation_id: str = ""
    roles: frozenset[str] = frozenset()
    contractor_id: str = ""
    bank: str = ""
    acr: str = ""
    authenticated_at: float = 0.0
    approves: frozenset[tuple[str, str]] = frozenset()
    credential: str = ""
    tenant: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tenant", self._tenant())  # once: a caller is kept with its token and read at every call

    def _tenant(self) -> str:
        if self.organisation_id:
            return f"organisation:{raw(self.organisation_id)}"
        if self.contractor_id:
            return f"contractor:{raw(self.contractor_id)}"
        return f"bank:{self.bank}" if self.bank else PLATFORM


@dataclass(frozen=True, slots=True)
class Call:
    """One gRPC call."""

    method: str
    caller: Caller
    deadline: float  # time.monotonic()
    rule: Rule | None = None
    peer: str = ""
    request: Message | None = None  # for personal data

    @property
    def remaining_s(self) -> float:
        return max(0.001, self.deadline - time.monotonic())


_current: ContextVar[Call] = ContextVar("kamai_call")


def current() -> Call:
    """The call being served; LookupError outside of one."""
    return _current.get()


def canonical(method: str, request: Message) -> bytes:
    """What the digest of a call is taken over: its method, a zero, and the request."""
    return method.encode() + b"\0" + request.SerializeToString(deterministic=True)


def enter(call: Call) -> None:
    """Called by the interceptor; every call runs in a task, and so in a context, of its own."""
    _current.set(call)
