"""From the metadata and the connection of a call to its caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chassis.rpc.call import Caller
from chassis.rpc.tokens import TokenVerifier
from chassis.settings import ServiceSettings

AuthContext = Mapping[str, Sequence[bytes]]


def combined(pairs: Iterable[tuple[str, Any]] | None) -> dict[str, str]:
    """Metadata as a mapping. What is sent twice is joined with a comma (RFC 9110, 5.3), so that two tokens are none."""
    found: dict[str, str] = {}
    for key, value in pairs or ():
        if isinstance(value, str):
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


class Authenticator:
    """Knows the callers of one server."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._tokens = TokenVerifier(settings.token_keys, settings.token_audience)

    async def start(self) -> None:
        """Gets the keys and keeps them new."""

    async def stop(self) -> None:
        """Ends what `start` began."""

    async def authenticate(self, metadata: Mapping[str, str], auth_context: AuthContext) -> Caller:
        """The caller.

        Args:
            metadata: of the call, as `combined` gives it; only `authorization` is read.
            auth_context: of the connection, as gRPC gives it.

        Raises:
            Refused: no credentials, or such that do not count; its `cause` is for the log only.
            KeysUnavailable: the issuer's keys cannot be had.
        """
        return self._tokens.verify(metadata.get("authorization", ""))
