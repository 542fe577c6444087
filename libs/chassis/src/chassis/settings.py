"""Settings every service has: from the environment (prefix KAMAI_) and from mounted secret files, frozen after start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.identity.settings import IdentitySettings


class ServiceSettings(IdentitySettings):
    """Durations in seconds (`_s`), sizes in bytes. Every name is an environment variable KAMAI_<NAME>, or a file of that name
    below KAMAI_SECRETS_DIR."""

    model_config = SettingsConfigDict(
        env_prefix="KAMAI_",
        frozen=True,
        extra="ignore",
        secrets_dir=os.environ.get("KAMAI_SECRETS_DIR") or None,
    )

    log_level: str = "INFO"

    database_url: SecretStr = Field(description="the application role's address of the database")
    admin_database_url: SecretStr | None = Field(None, description="a superuser's; only `migrate` needs it, to create roles")
    owner_password: SecretStr | None = Field(None, description="password of the role that owns the schema; `migrate` only")
    app_password: SecretStr | None = Field(None, description="password to give the application role; `migrate` only")
    database_pool_size: int = 16

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    create_topics: bool = Field(True, description="whether `work` creates missing topics; off where an operator owns them")
    topic_partitions: int = 6
    topic_replication: int = 1

    metrics_listen: str = "127.0.0.1:0"
    ready_file: Path | None = Field(None, description="where the addresses are written once the service is SERVING")

    step_up_acr_values: tuple[str, ...] = Field(
        ("phr", "phrh", "mfa"), description="the `acr` of a token that counts as a second factor"
    )
    step_up_max_age_s: float = Field(300.0, description="how old that second factor may be")

    max_call_s: float = 60.0
    max_stream_s: float = 900.0
    max_message_bytes: int = 4 * 1024 * 1024
    max_concurrent_calls: int = 1000
    drain_s: float = 20.0
    watchdog_s: float = 28.0
