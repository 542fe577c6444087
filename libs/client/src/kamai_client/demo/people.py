"""Who acts in the demo. Each person has a token of their own, so that four eyes are four eyes."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from google.protobuf.message import Message

from kamai_client.approvals import approval_of
from kamai_client.calls import CallPolicy
from kamai_client.client import Kamai
from kamai_client.target import Target
from kamai_client.tokens import bearer

Metadata = tuple[tuple[str, str], ...]
_POLICY = CallPolicy(timeout_s=30.0)


class People:
    """Clients by person; use it as a context manager."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._clients: dict[tuple[str, str], Kamai] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.aclose()

    async def _of(self, subject: str, acting_for: str = "") -> Kamai:
        key = (subject, acting_for)
        if key not in self._clients:
            client = self._target.client(subject, acting_for, _POLICY)
            self._clients[key] = client
            self._open.push_async_callback(client.close)
        return self._clients[key]

    async def platform(self) -> Kamai:
        """Runs the platform: imports lists, opens organisations."""
        return await self._of("platform.tariq")

    async def compliance(self, second: bool = False) -> Kamai:
        return await self._of("compliance.sofia" if second else "compliance.yusuf")

    async def intake(self) -> Kamai:
        """Registers contractors: they have no token of their own before."""
        return await self._of("intake.noor")

    async def contractor(self, contractor_id: str) -> Kamai:
        return await self._of(f"person.{contractor_id[-8:]}", contractor_id)

    async def partner_bank(self, bank: str) -> Kamai:
        return await self._of(f"clerk.{bank}", f"bank:{bank}")

    async def procurement(self, organisation_id: str) -> Kamai:
        return await self._of("procurement.helen", organisation_id)

    async def signer(self, organisation_id: str) -> Kamai:
        return await self._of("director.omar", organisation_id)

    async def finance(self, organisation_id: str, approver: bool = False) -> Kamai:
        return await self._of(_finance(approver), organisation_id)

    def second_factor(self, organisation_id: str, request: Message, approver: bool = False) -> Metadata:
        """What the finance person adds to a call that needs one: a token of now, for that one."""
        approval = approval_of(request)
        signed = self._target.dev_tokens().sign(_finance(approver), organisation_id, approves=[approval] if approval else ())
        return (("authorization", bearer(signed)),)


def _finance(approver: bool) -> str:
    return "finance.ruth" if approver else "finance.kofi"
