"""Where a service listens and whose word it takes for who calls."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from chassis.identity.fetch import fetchable, is_loopback
from chassis.identity.key_set import ALGORITHMS, Algorithm

DEVELOPMENT_ISSUER = "urn:kamai:development"


class IdentitySettings(BaseSettings):
    """Part of ServiceSettings; the order of the fields is the order of their checks."""

    env: Literal["development", "production"] = "production"
    grpc_listen: str = "127.0.0.1:0"
    grpc_mtls_listen: str = Field("", description="a second address, at which a client certificate is required")

    token_issuer: str = Field(
        "", validate_default=True,
        description="the `iss` of tokens; without other keys also where its OpenID Connect configuration is found",
    )  # fmt: skip
    token_jwks_url: str = Field("", description="where the issuer's keys are, if not where its configuration says")
    token_keys: Path | None = Field(
        None, validate_default=True, description="JWKS file with the issuer's keys instead; read again when it changes"
    )
    token_audience: str = Field("kamai", min_length=1, description="the `aud` a token must be made for")
    token_algorithms: tuple[Algorithm, ...] = Field(ALGORITHMS, min_length=1)
    token_require_at_jwt: bool = Field(False, description="only access tokens of RFC 9068 (`typ` at+jwt) count")
    token_max_lifetime_s: float = Field(86_400.0, gt=0, description="`exp` - `iat` of a token at most")
    token_skew_s: float = Field(60.0, ge=0, le=60, description="how far the issuer's clock may be off")
    token_keys_refresh_s: float = Field(300.0, gt=0, description="how often the issuer's keys are fetched")
    token_keys_refetch_s: float = Field(10.0, gt=0, description="least time between two fetches, whatever comes")
    token_keys_max_stale_s: float = Field(86_400.0, gt=0, description="how long they count while the issuer is down")
    token_fetch_timeout_s: float = Field(5.0, gt=0)
    token_roles_claim: str = Field("roles", min_length=1, description="claim names may be paths: `realm_access.roles`")
    token_organisation_claim: str = Field("org", min_length=1)
    token_contractor_claim: str = Field("contractor", min_length=1)
    token_bank_claim: str = Field("bank", min_length=1)

    client_certificates: Path | None = Field(None, description="TOML or JSON: which client certificate is which machine")
    tls_certificate_file: Path | None = Field(None, description="PEM, the chain included; replaced without a restart")
    tls_key_file: Path | None = Field(None, validate_default=True)
    tls_client_ca_file: Path | None = Field(None, validate_default=True, description="authorities of client certificates")
    tls_client_required: bool = Field(False, validate_default=True, description="`grpc_listen` too requires a client certificate")
    tls_terminated_elsewhere: bool = Field(
        False, validate_default=True, description="a proxy or mesh before this process speaks TLS for it"
    )

    @field_validator("token_issuer")
    @classmethod
    def _check_issuer(cls, given: str, info: ValidationInfo) -> str:
        env = info.data.get("env")  # absent when it has a fault of its own
        if env == "development":
            return given or DEVELOPMENT_ISSUER
        if env == "production" and given in ("", DEVELOPMENT_ISSUER):
            raise ValueError("name the issuer whose tokens count in production")
        return given

    @field_validator("token_jwks_url")
    @classmethod
    def _check_jwks_url(cls, given: str, info: ValidationInfo) -> str:
        if given and not fetchable(given, production=info.data.get("env") != "development"):
            raise ValueError("must be an https address")
        return given

    @field_validator("token_keys")
    @classmethod
    def _check_keys(cls, given: Path | None, info: ValidationInfo) -> Path | None:
        if given and info.data.get("token_jwks_url"):
            raise ValueError("give this or KAMAI_TOKEN_JWKS_URL, not both")
        issuer = info.data.get("token_issuer")
        remote = info.data.get("token_jwks_url") or issuer is None
        if not given and not remote and not fetchable(issuer or "", production=info.data.get("env") != "development"):
            raise ValueError("needed: KAMAI_TOKEN_ISSUER is no https address whose keys could be fetched")
        return given

    @field_validator("tls_key_file")
    @classmethod
    def _check_key(cls, given: Path | None, info: ValidationInfo) -> Path | None:
        if (given is None) != (info.data.get("tls_certificate_file") is None):
            raise ValueError("KAMAI_TLS_CERTIFICATE_FILE and KAMAI_TLS_KEY_FILE go together")
        return given

    @field_validator("tls_client_ca_file")
    @classmethod
    def _check_client_ca(cls, given: Path | None, info: ValidationInfo) -> Path | None:
        if given and not info.data.get("tls_certificate_file"):
            raise ValueError("needs KAMAI_TLS_CERTIFICATE_FILE and KAMAI_TLS_KEY_FILE")
        if given and not info.data.get("client_certificates"):
            raise ValueError("needs KAMAI_CLIENT_CERTIFICATES: without it no certificate is anybody's")
        return given

    @field_validator("tls_client_required")
    @classmethod
    def _check_client_required(cls, given: bool, info: ValidationInfo) -> bool:
        asked, authorities = given or info.data.get("grpc_mtls_listen"), info.data.get("tls_client_ca_file")
        if asked and not authorities:
            raise ValueError("client certificates need KAMAI_TLS_CLIENT_CA_FILE")
        if authorities and not asked:
            raise ValueError("no address requires client certificates: set this, or KAMAI_GRPC_MTLS_LISTEN")
        return given

    @field_validator("tls_terminated_elsewhere")
    @classmethod
    def _check_plaintext(cls, given: bool, info: ValidationInfo) -> bool:
        host = str(info.data.get("grpc_listen", "")).rpartition(":")[0]
        secure = given or info.data.get("tls_certificate_file") or info.data.get("env") == "development"
        if not secure and not is_loopback(host):
            raise ValueError(
                "plain text outside of this machine: set KAMAI_TLS_CERTIFICATE_FILE and KAMAI_TLS_KEY_FILE, or this"
                " where a proxy or mesh speaks TLS"
            )
        return given
