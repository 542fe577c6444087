"""Who calls, for which tenant, until when: set by the interceptor, read where a transaction begins."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """From the token: subject, organisation ("" for none) and roles."""

    subject: str
    organisation_id: str = ""
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Call:
    """One gRPC call."""

    method: str
    caller: Caller
    deadline: float  # time.monotonic()

    @property
    def remaining_s(self) -> float:
        return max(0.001, self.deadline - time.monotonic())


_current: ContextVar[Call] = ContextVar("kamai_call")


def current() -> Call:
    """The call being served; LookupError outside of one."""
    return _current.get()


def enter(call: Call) -> None:
    """Called by the interceptor; every call runs in a task, and so in a context, of its own."""
    _current.set(call)
