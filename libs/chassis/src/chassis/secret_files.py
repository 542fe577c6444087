"""Secrets as they are now: a mounted file may change while the process runs, and who connects next has to use the new value."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr
from pydantic_settings import BaseSettings
from pydantic_settings.sources import SecretsSettingsSource

Secret = str | Callable[[], str]
"""A secret, or what tells it: asked whenever it is used."""


def reveal(secret: Secret) -> str:
    return secret() if callable(secret) else secret


def current(settings: BaseSettings, name: str) -> Callable[[], str]:
    """Tells the secret `name` of `settings`: from its file below KAMAI_SECRETS_DIR as that is now, or the value of the start when
    it came otherwise. A file that is gone or empty, as it may be while somebody exchanges it, is passed over."""
    started: SecretStr = getattr(settings, name)
    files = SecretsSettingsSource(type(settings))
    if files().get(name) != started.get_secret_value():
        return started.get_secret_value

    def now() -> str:
        try:
            found = files().get(name)
        except OSError:
            found = None
        return found or started.get_secret_value()

    return now
