"""Digests that tell nothing to whoever has the database alone: what is compared or proven is not to be guessed from a dump."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.db.pool import Connection
from chassis.vault.blob import Place
from chassis.vault.keyring import sql
from chassis.vault.keys import KEY_BYTES, Subject

if TYPE_CHECKING:
    from chassis.vault.vault import Vault

# What is nobody's but the service's.
SERVICE = Subject("SERVICE", UUID("00000000-0000-7000-8000-000000000001"))
_PLACE = Place("", "digest_key", "sealed", "1")


async def digest_key(connection: Connection, vault: Vault) -> bytes:
    """The service's key for digests, sealed in the database; made at the first start. All processes have the same."""
    sealed = await connection.fetchval(sql.get_digest_key)
    if sealed is None:
        made = await vault.seal(connection, SERVICE, _PLACE, os.urandom(KEY_BYTES))
        await connection.execute(sql.insert_digest_key, made)
        sealed = await connection.fetchval(sql.get_digest_key)
    return await vault.open(connection, _PLACE, sealed)
