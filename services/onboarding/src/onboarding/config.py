"""Settings of this service beside those of every service."""

from __future__ import annotations

from pathlib import Path

from chassis.settings import ServiceSettings
from pydantic import Field


class OnboardingSettings(ServiceSettings):
    """Every name is an environment variable KAMAI_<NAME>."""

    instruction_public_key_file: Path = Field(description="X25519 public key of the payouts service, raw 32 bytes in base 64")
    blind_index_key_file: Path = Field(description="key by which sealed values are found: 32 random bytes in base 64, mode 0600")
    payout_method_cooling_off_h: float = Field(48.0, ge=0, description="hours until a replacement is paid to")
    screening_poll_s: float = Field(0.2, gt=0, description="pause between looks for cases that were handed in")
    rescreening_poll_s: float = Field(1.0, gt=0, description="pause between looks for people to screen against a new list")
    screening_batch: int = Field(200, ge=1, le=1000, description="people screened in one transaction")
    watchlist_max_bytes: int = Field(256 * 1024 * 1024, ge=1, description="size of all files of one import")
