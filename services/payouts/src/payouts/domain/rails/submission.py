"""The outcome of handing a file over, as it is recorded."""

from dataclasses import dataclass
from enum import StrEnum


class Handover(StrEnum):
    """TAKEN: the bank has it. HELD_ALREADY: it says that it has had it before. UNCERTAIN: nobody knows. REFUSED: read and
    refused as a whole. NOT_SENT: it certainly is not there, the same bytes may be sent again."""

    TAKEN = "TAKEN"
    HELD_ALREADY = "HELD_ALREADY"
    UNCERTAIN = "UNCERTAIN"
    REFUSED = "REFUSED"
    NOT_SENT = "NOT_SENT"


@dataclass(frozen=True, slots=True)
class HandoverResult:
    outcome: Handover
    problem: str = ""
    reason_code: str | None = None
