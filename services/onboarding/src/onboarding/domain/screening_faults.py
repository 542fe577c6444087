"""Why a screening could not be done whole: it then is an ERROR and clears nobody until what is named here is mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from onboarding.domain.party import Party


class FaultCode(StrEnum):
    NO_WATCHLIST = "NO_WATCHLIST"
    WATCHLIST_MISSING = "WATCHLIST_MISSING"
    NAME_NOT_SCREENABLE = "NAME_NOT_SCREENABLE"
    COMPARISON_FAILED = "COMPARISON_FAILED"


# code: (message, who acts, remedy); {detail} is the name of a list or a count, never a person's name.
FAULTS = {
    FaultCode.NO_WATCHLIST: (
        "no watchlist has been imported: there is nothing to screen against",
        Party.COMPLIANCE,
        "import the official lists (ImportWatchlist); everybody is screened again within seconds",
    ),
    FaultCode.WATCHLIST_MISSING: (
        "the required list {detail} has not been imported",
        Party.COMPLIANCE,
        "import it (ImportWatchlist); everybody is screened again within seconds",
    ),
    FaultCode.NAME_NOT_SCREENABLE: (
        "{detail} name(s) cannot be screened: too long, or nothing in them to compare",
        Party.CONTRACTOR,
        "correct the name as it stands on the document",
    ),
    FaultCode.COMPARISON_FAILED: (
        "the comparison with the lists failed",
        Party.PLATFORM,
        "tell the operator; the next list or payout run tries again",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    code: FaultCode
    detail: str = ""

    @property
    def message(self) -> str:
        return FAULTS[self.code][0].format(detail=self.detail)

    @property
    def who_acts(self) -> Party:
        return FAULTS[self.code][1]

    @property
    def remedy(self) -> str:
        return FAULTS[self.code][2]
