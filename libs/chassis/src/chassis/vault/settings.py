"""What a process needs to open its vault."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.db.database import Database
from chassis.vault.cache import OLDEST_S, KeyCache
from chassis.vault.keyring import Keyring
from chassis.vault.kms import KmsKeys
from chassis.vault.providers import FileKeys, KeyProvider
from chassis.vault.vault import Vault


class VaultSettings(BaseModel):
    """`provider` wraps; the other one, if it is configured too, still unwraps what it wrapped before a move."""

    model_config = ConfigDict(frozen=True)

    provider: Literal["file", "kms"] = "file"
    directory: Path | None = Field(None, description="folder of the root keys; needed by the provider file")
    kms_key_id: str | None = Field(None, description="id, ARN or alias of the root key; needed by the provider kms")
    kms_region: str | None = Field(None, description="needed by the provider kms")
    kms_endpoint: str | None = Field(None, description="address of the KMS; none for the region's own")
    cache_size: int = Field(10_000, gt=0, description="opened data keys kept in memory, about 1 KiB each")
    cache_age_s: float = Field(OLDEST_S, gt=0, le=OLDEST_S, description="after this every process has forgotten a destroyed key")

    @model_validator(mode="after")
    def _complete(self) -> VaultSettings:
        needed = {"file": ("directory",), "kms": ("kms_key_id", "kms_region")}[self.provider]
        if missing := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"the provider {self.provider} needs {' and '.join(missing)}")
        return self

    def providers(self) -> list[KeyProvider]:
        """The one that wraps, then the one that only unwraps."""
        found: list[KeyProvider] = []
        if self.directory:
            found.append(FileKeys(self.directory))
        if self.kms_key_id and self.kms_region:
            found.append(KmsKeys(self.kms_key_id, self.kms_region, self.kms_endpoint))
        return sorted(found, key=lambda provider: provider.name != self.provider)


async def open_vault(settings: VaultSettings, database: Database) -> Vault:
    """A vault for one process; makes the first key-encryption key of a new database. Raises KeyProviderFault."""
    keyring = Keyring(settings.providers())
    await keyring.start(database)
    return Vault(keyring, KeyCache(settings.cache_size, settings.cache_age_s))
