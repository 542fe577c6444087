"""The probe without one of its guards, to measure what that costs: `python -m support.probe.lacking encryption serve`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

from chassis.identity.authenticator import Authenticator
from chassis.rpc import mutations
from chassis.rpc.call import Caller
from chassis.service import main
from chassis.vault import Place, Vault

from support.probe.service import definition


def _authentication() -> None:
    caller = Caller("ada", os.environ["KAMAI_LACKING_ORGANISATION"], frozenset({"auditor"}))

    async def authenticate(*_: Any) -> Caller:
        return caller

    patch.object(Authenticator, "authenticate", authenticate).start()


def _encryption() -> None:
    sealing = Vault.seal

    async def seal(vault: Vault, connection: Any, subject: Any, place: Place, plaintext: bytes) -> bytes:
        if place.table == "digest_key":  # opened again at the start, and no part of a call
            return await sealing(vault, connection, subject, place, plaintext)
        return plaintext

    patch.object(Vault, "seal", seal).start()


def _audit() -> None:
    def without(events: str, events_count: int) -> str:
        first = events_count + 1
        values = ", ".join(f"${first + number}" for number in range(5))
        return f"""{f"WITH events AS ({events})" if events else ""}
        INSERT INTO idempotent_reply (scope, request_id, request_hash, reply, subjects) VALUES ({values})
        ON CONFLICT DO NOTHING RETURNING true"""

    class NoEntry:
        subjects: Sequence[str] = ()

        def columns(self) -> tuple[Any, ...]:
            return ()

    patch.object(mutations, "_ending", without).start()
    patch.object(mutations, "_changed", lambda *_: NoEntry()).start()


WITHOUT: dict[str, Callable[[], None]] = {"authentication": _authentication, "encryption": _encryption, "audit": _audit}

if __name__ == "__main__":
    WITHOUT[sys.argv[1]]()
    sys.exit(main(definition(), sys.argv[2:]))
