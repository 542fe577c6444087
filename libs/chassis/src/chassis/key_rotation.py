"""What an operator does with the keys of personal data, while the service goes on: `python -m onboarding rotate-keys`."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

from chassis import secret_files
from chassis.audit.working import Working
from chassis.db.database import Database
from chassis.db.pool import create_pool
from chassis.settings import ServiceSettings
from chassis.vault import KeyProviderFault, Vault, open_vault, rotation
from chassis.vault.providers import new_file_key


def _show(progress: rotation.Progress) -> None:
    """One line that counts on a terminal, a line for each batch elsewhere."""
    share = 100 * progress.moved // max(1, progress.total)
    end = "\r" if sys.stderr.isatty() and progress.moved < progress.total else "\n"
    print(f"{progress.moved:,} of {progress.total:,} data keys wrapped anew ({share} %)", end=end, file=sys.stderr, flush=True)


async def _rotate_keys(vault: Vault, database: Database, _settings: ServiceSettings) -> str:
    await Working(database, vault.digest).run("rotate-keys", vault.sweep)  # `rewrap` would, and name nobody
    kek = await rotation.rotate_kek(vault.keyring, database)
    done = await rotation.rewrap(vault.keyring, database, _show)
    left = f"; {done.left:,} are left, run it again" if done.left else ""
    return f"new key-encryption key {kek}: {done.moved:,} data keys moved to it, {done.keks_deleted} old ones deleted{left}"


async def _rewrap_root(vault: Vault, database: Database, _settings: ServiceSettings) -> str:
    count = await rotation.rewrap_keks(vault.keyring, database)
    return f"{count} key-encryption keys wrapped by the current root key: the older root keys of this service may go"


async def _new_root_key(_vault: Vault, _database: Database, settings: ServiceSettings) -> str:
    if settings.vault_directory is None:
        raise KeyProviderFault("KAMAI_VAULT_DIRECTORY names no folder: a key management service rotates its root key itself")
    return f"{new_file_key(settings.vault_directory)} is the current root key: run `rewrap-root` next"


TASKS: dict[str, Callable[[Vault, Database, ServiceSettings], Awaitable[str]]] = {
    "new-root-key": _new_root_key, "rewrap-root": _rewrap_root, "rotate-keys": _rotate_keys,
}  # fmt: skip


async def run(name: str, task: str, settings: ServiceSettings) -> None:
    """Does one of TASKS, after an entry in the audit trail, and prints what it did. Raises KeyProviderFault."""
    pool = await create_pool(secret_files.current(settings, "database_url"), f"{name}-keys", 2)
    try:
        database = Database(pool)
        vault = await open_vault(settings.vault, database)
        await vault.start(database)
        await Working(database, vault.digest).note(task, name)
        print(await TASKS[task](vault, database, settings))
    finally:
        await pool.close()
