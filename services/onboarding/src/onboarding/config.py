"""Settings of this service beside those of every service."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from chassis.settings import ServiceSettings
from pydantic import Field, ValidationInfo, field_validator

from onboarding.domain.erasure import FIVE_YEARS


class OnboardingSettings(ServiceSettings):
    """Every name is an environment variable KAMAI_<NAME>."""

    instruction_public_key_file: Path = Field(description="X25519 public key of the payouts service, raw 32 bytes in base 64")
    blind_index_key_file: Path = Field(description="key by which sealed values are found: 32 random bytes in base 64, mode 0600")
    erasure_retention_days: int | None = Field(
        None, ge=0, description="days a contractor is kept after the end of its case; none: 0 in development, else five years"
    )
    erasure_proofs_file: Path | None = Field(
        None,
        validate_default=True,
        description="a file that every signed proof of an erasure is appended to; keep it where a restore does not reach",
    )
    payout_method_cooling_off_h: float = Field(48.0, ge=0, description="hours until a replacement is paid to")
    screening_poll_s: float = Field(0.2, gt=0, description="pause between looks for cases that were handed in")
    rescreening_poll_s: float = Field(1.0, gt=0, description="pause between looks for people to screen against a new list")
    screening_batch: int = Field(200, ge=1, le=1000, description="people screened in one transaction")
    watchlist_max_bytes: int = Field(256 * 1024 * 1024, ge=1, description="size of all files of one import")

    @field_validator("erasure_proofs_file")
    @classmethod
    def _check_proofs(cls, given: Path | None, info: ValidationInfo) -> Path | None:
        if given and not info.data.get("audit_jwks_file"):
            raise ValueError("needs KAMAI_AUDIT_JWKS_FILE, with which its proofs are verified")
        if not given and info.data.get("env") == "production":
            raise ValueError("needed in production: without it an older backup brings back who was erased")
        return given

    @property
    def erasure_retention(self) -> timedelta:
        """Nobody is erased before so much time has passed since the end of the case."""
        if self.erasure_retention_days is not None:
            return timedelta(days=self.erasure_retention_days)
        return timedelta() if self.env == "development" else FIVE_YEARS
