"""What a process says that must not start."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from devstack.certificates import Authority
from devstack.keys import Keys
from support.databases import TestDatabase
from support.services import root_keys


async def ended(folder: Path, **variables: str) -> tuple[int | None, str]:
    """Exit code of `serve`, and what it wrote."""
    given = {"KAMAI_KAFKA_BOOTSTRAP": "127.0.0.1:1", "KAMAI_VAULT_DIRECTORY": str(root_keys(folder / "beside"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.probe", "serve", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **given, **variables},
    )  # fmt: skip
    written, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, written.decode()


async def test_keys_of_a_development_stack(database: TestDatabase, tmp_path: Path) -> None:
    """In production a key set of a development stack stops the service and says so; so does its issuer."""
    keys = Keys(tmp_path)
    keys.make_missing()
    given = {"KAMAI_ENV": "production", "KAMAI_DATABASE_URL": database.app_url, "KAMAI_TOKEN_KEYS": str(keys.token_jwks)}
    code, written = await ended(tmp_path, KAMAI_TOKEN_ISSUER="https://login.example", **given)
    assert (code, "KAMAI_TOKEN_KEYS: holds a key of a development stack" in written) == (2, True), written
    assert "Traceback" not in written
    code, written = await ended(tmp_path, KAMAI_TOKEN_ISSUER="urn:kamai:development", **given)
    assert (code, "KAMAI_TOKEN_ISSUER" in written) == (2, True), written


async def test_files_that_cannot_be_used(database: TestDatabase, tmp_path: Path) -> None:
    """A key that does not belong to the certificate is said at the start."""
    certificate, _ = Authority().issue(hosts=["127.0.0.1"]).write(tmp_path, "one")
    _, key = Authority().issue(hosts=["127.0.0.1"]).write(tmp_path, "two")
    code, written = await ended(
        tmp_path, KAMAI_ENV="production", KAMAI_DATABASE_URL=database.app_url, KAMAI_TOKEN_ISSUER="https://login.invalid",
        KAMAI_TLS_CERTIFICATE_FILE=str(certificate), KAMAI_TLS_KEY_FILE=str(key),
    )  # fmt: skip
    assert (code, "TLS files: the key does not belong to the certificate" in written) == (2, True), written
