"""Who has to act."""

from enum import StrEnum


class Party(StrEnum):
    CONTRACTOR = "CONTRACTOR"
    COMPLIANCE = "COMPLIANCE"
    PLATFORM = "PLATFORM"
