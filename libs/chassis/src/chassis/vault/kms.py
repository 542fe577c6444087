"""Root keys in a key management service that speaks the protocol of AWS KMS: they never leave it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from chassis.vault.errors import KeyProviderFault
from chassis.vault.providers import Wrapped

# Two tries take at most 7 s: less than a transaction may be idle.
_CONNECT_S, _READ_S, _TRIES = 1.0, 2.0, 2


class KmsKeys:
    """Encrypt and Decrypt with an encryption context. Credentials come from the library's own chain.

    `key_id` is the id, ARN or alias of a symmetric key; the role needs kms:Encrypt and kms:Decrypt on it, and kms:Decrypt on
    those before it. `endpoint` is None for the region's own.
    """

    name = "kms"

    def __init__(self, key_id: str, region: str, endpoint: str | None = None) -> None:
        self._key_id = key_id
        self._client = _client(region, endpoint)

    async def wrap(self, key: bytes, context: Mapping[str, str]) -> Wrapped:
        reply = await self._ask("encrypt", KeyId=self._key_id, Plaintext=key, EncryptionContext=dict(context))
        return Wrapped(self.name, reply["KeyId"], reply["CiphertextBlob"])

    async def unwrap(self, wrapped: Wrapped, context: Mapping[str, str]) -> bytes:
        reply = await self._ask(
            "decrypt", KeyId=wrapped.key_id, CiphertextBlob=wrapped.wrapped, EncryptionContext=dict(context)
        )  # fmt: skip
        key: bytes = reply["Plaintext"]
        return key

    async def _ask(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            reply: Mapping[str, Any] = await asyncio.to_thread(getattr(self._client, operation), **arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise KeyProviderFault(f"KMS refused to {operation}: {code}") from error
        except BotoCoreError as error:
            raise KeyProviderFault(f"KMS cannot {operation}: {type(error).__name__}: {error}") from error
        return reply


def _client(region: str, endpoint: str | None) -> Any:
    try:
        from botocore.config import Config  # type: ignore[import-untyped]
        from botocore.session import Session  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise KeyProviderFault("keys in a KMS need botocore: install kamai-chassis[kms]") from error
    bounds = Config(
        connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries={"total_max_attempts": _TRIES, "mode": "standard"},
        max_pool_connections=4,
    )  # fmt: skip
    return Session().create_client("kms", region_name=region, endpoint_url=endpoint, config=bounds)
