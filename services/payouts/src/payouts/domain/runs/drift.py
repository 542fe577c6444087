"""What has changed under a plan since its digest was made."""

from dataclasses import dataclass
from uuid import UUID

from chassis.errors import PlanDrifted, Precondition

MAX_NAMED = 100


@dataclass(frozen=True, slots=True)
class Drift:
    """One line: `what` is AMOUNT, PAYOUT_METHOD, or the code of a new blocker."""

    attempt_id: UUID
    end_to_end_id: str
    what: str


_SAY = {
    "AMOUNT": "what is owed has changed",
    "PAYOUT_METHOD": "the payout method has changed",
    "DIGEST": "the lines are not those of the digest",
}


def refuse(found: list[Drift]) -> None:
    """Raises PlanDrifted naming the lines (at most MAX_NAMED), if there are any."""
    if found:
        raise PlanDrifted(
            [
                Precondition(f"LINE_{each.what}", each.end_to_end_id, f"{each.end_to_end_id}: {_SAY.get(each.what, each.what)}")
                for each in found[:MAX_NAMED]
            ]
        )
