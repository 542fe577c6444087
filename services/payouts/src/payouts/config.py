"""Settings of payouts, beside those of every service."""

from pathlib import Path
from urllib.parse import urlsplit

from chassis.identity.fetch import is_loopback
from chassis.settings import OR_MESH, ServiceSettings, may_be_plain
from pydantic import Field, SecretStr, ValidationInfo, field_validator


class PayoutsSettings(ServiceSettings):
    """Durations in seconds."""

    instruction_key_file: Path = Field(description="X25519 private key, raw 32 bytes in base 64: opens payment instructions")
    bank_event_key_file: Path = Field(description="Ed25519 private key (PEM): signs the events for partner banks")

    bank_name: str = Field("counterparty", description="name of the bank connection, as funding accounts state it")
    bank_url: str = Field(description="address of the bank's HTTP door")
    bank_user: str | None = None
    bank_password: SecretStr | None = None
    bank_submit_timeout_s: float = 120.0
    bank_poll_s: float = Field(0.25, description="pause between two looks into the bank's mailbox")
    bank_silence_s: float | None = Field(
        None, description="no status report for that long after a file was taken: UNKNOWN; 4 hours, in development 15 s"
    )
    inquiry_every_s: float = Field(5.0, description="pause between two inquiries about the same UNKNOWN attempt")

    partner_banks: str = Field("indus", description="partner banks that keep freelancer accounts, by commas")

    run_poll_s: float = Field(0.25, description="pause between two looks for runs that can go on")
    screening_timeout_s: float = Field(60.0, description="payees whose screening has not answered by then are held")
    file_max_lines: int = Field(10_000, description="payments in one bank file at most")
    initiating_party: str = "Kamai"
    watch_poll_s: float = Field(0.2, description="pause between two looks at a watched run")

    @field_validator("bank_url")
    @classmethod
    def _check_bank(cls, given: str, info: ValidationInfo) -> str:
        try:
            parts = urlsplit(given)
            host = parts.hostname or ""
        except ValueError:
            parts, host = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not host:
            raise ValueError("must be an address such as https://bank.example")
        if parts.scheme == "http" and not is_loopback(host) and not may_be_plain(info):
            raise ValueError("plain text outside of this machine: begin it with https" + OR_MESH)
        return given

    @property
    def silence_s(self) -> float:
        if self.bank_silence_s is not None:
            return self.bank_silence_s
        return 15.0 if self.env == "development" else 4 * 3600.0

    @property
    def partner_bank_names(self) -> frozenset[str]:
        return frozenset(name.strip() for name in self.partner_banks.split(",") if name.strip())
