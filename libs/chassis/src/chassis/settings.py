"""Settings every service has: from the environment (prefix KAMAI_) and from mounted secret files, frozen after start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.identity.fetch import is_loopback
from chassis.identity.settings import IdentitySettings
from chassis.vault.settings import VaultSettings

_TENANTS_AT_LEAST = 5
_ENCRYPTED = {"require", "verify-ca", "verify-full"}
OR_MESH = ", or KAMAI_TLS_OUTBOUND_ELSEWHERE where a mesh speaks TLS"


def may_be_plain(info: ValidationInfo) -> bool:
    """True when connections to other machines need no TLS of this process."""
    return info.data.get("env") == "development" or bool(info.data.get("tls_outbound_elsewhere"))


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

    tls_outbound_elsewhere: bool = Field(False, description="a mesh speaks TLS for the connections to the database and to Kafka")
    database_url: SecretStr = Field(description="the application role's address of the database")
    admin_database_url: SecretStr | None = Field(None, description="a superuser's; only `migrate` needs it, to create roles")
    owner_password: SecretStr | None = Field(None, description="password of the role that owns the schema; `migrate` only")
    app_password: SecretStr | None = Field(None, description="password to give the application role; `migrate` only")
    database_pool_size: int = 16

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", validate_default=True, description="SSL or SASL_SSL in production, unless the broker is on this machine"
    )
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    create_topics: bool = Field(True, description="whether `work` creates missing topics; off where an operator owns them")
    topic_partitions: int = 6
    topic_replication: int = 1
    personal_topic_days: int = Field(30, ge=1, le=3650, description="how long Kafka keeps events that carry sealed bank details")

    metrics_listen: str = "127.0.0.1:0"
    ready_file: Path | None = Field(None, description="where the addresses are written once the service is SERVING")

    step_up_acr_values: tuple[str, ...] = Field(
        ("phr", "phrh", "mfa"), description="the `acr` of a token that counts as a second factor"
    )
    step_up_max_age_s: float = Field(300.0, description="how old that second factor may be")

    vault_provider: Literal["file", "kms"] = Field("file", description="who keeps the root key of personal data")
    vault_directory: Path | None = Field(None, description="folder of the root keys, for the provider file")
    vault_kms_key_id: str | None = Field(None, description="id, ARN or alias of the root key, for the provider kms")
    vault_kms_region: str | None = Field(None, description="its region")
    vault_kms_endpoint: str | None = Field(None, description="address of the key management service; none for the region's own")
    blind_index_key_file: Path | None = Field(None, description="key by which sealed values are found; onboarding only")
    audit_key_file: Path | None = Field(None, description="Ed25519 key (PEM) that signs the audit trail; `work` only")
    audit_jwks_file: Path | None = Field(None, description="where its public half, and those before it, are published")
    audit_roots_file: Path | None = Field(None, description="a file that every signed root is appended to")

    limit_reads_per_s: float = Field(200.0, gt=0, description="calls of a method that changes nothing, for each tenant")
    limit_reads_burst: float = Field(400.0, ge=1, description="how many of them at once after a quiet time")
    limit_writes_per_s: float = Field(50.0, gt=0, description="calls of a method that changes something, for each tenant")
    limit_writes_burst: float = Field(100.0, ge=1, description="how many of them at once after a quiet time")
    limit_heavy_per_s: float = Field(1.0, gt=0, description="calls of a method that does much work, for each tenant")
    limit_heavy_burst: float = Field(20.0, ge=1, description="how many of them at once after a quiet time")
    limit_calls_at_once: int = Field(50, ge=1, description="calls of one tenant under way, working or waiting for their turn")
    limit_refusals_per_s: float = Field(50.0, gt=0, description="answers a tenant gets that refuse for a limit; others wait")
    limit_refusals_waiting: int = Field(100, ge=0, description="such answers of one tenant that wait; one more comes at once")

    max_call_s: float = 60.0
    max_stream_s: float = 900.0
    max_message_wait_s: float = Field(10.0, gt=0, description="how long the message of a call may take to come")
    max_message_bytes: int = 4 * 1024 * 1024
    max_concurrent_calls: int = Field(
        1000, ge=1, validate_default=True, description="calls of all callers under way, at least five tenants' fill"
    )
    drain_s: float = 20.0
    watchdog_s: float = 28.0

    @field_validator("database_url", "admin_database_url")
    @classmethod
    def _check_database(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Never echoes the address, which holds a password."""
        if given is None or may_be_plain(info):
            return given
        try:
            parts = urlsplit(given.get_secret_value())
            host, mode = parts.hostname or "", parse_qs(parts.query).get("sslmode", [""])[-1]
        except ValueError:
            raise ValueError("must be an address such as postgresql://HOST/DATABASE?sslmode=verify-full") from None
        if host and not is_loopback(host) and mode not in _ENCRYPTED:
            raise ValueError("plain text outside of this machine: end it with ?sslmode=verify-full" + OR_MESH)
        return given

    @field_validator("kafka_security_protocol")
    @classmethod
    def _check_kafka(cls, given: str, info: ValidationInfo) -> str:
        hosts = [broker.strip().rpartition(":")[0] for broker in str(info.data.get("kafka_bootstrap", "")).split(",")]
        if not given.endswith("SSL") and not may_be_plain(info) and not all(map(is_loopback, hosts)):
            raise ValueError("plain text outside of this machine: set SSL or SASL_SSL" + OR_MESH)
        return given

    @field_validator("max_concurrent_calls")
    @classmethod
    def _check_room(cls, given: int, info: ValidationInfo) -> int:
        """One tenant must be far from taking all calls there may be."""
        of_one = info.data.get("limit_calls_at_once", 0) + info.data.get("limit_refusals_waiting", 0)
        if given < _TENANTS_AT_LEAST * of_one:
            raise ValueError(
                f"must be at least {_TENANTS_AT_LEAST} times KAMAI_LIMIT_CALLS_AT_ONCE and KAMAI_LIMIT_REFUSALS_WAITING together,"
                f" which one tenant may hold: {_TENANTS_AT_LEAST * of_one}"
            )
        return given

    @model_validator(mode="after")
    def _check_vault(self) -> Self:
        _ = self.vault
        return self

    @property
    def vault(self) -> VaultSettings:
        return VaultSettings(
            provider=self.vault_provider, directory=self.vault_directory, kms_key_id=self.vault_kms_key_id,
            kms_region=self.vault_kms_region, kms_endpoint=self.vault_kms_endpoint,
        )  # fmt: skip
