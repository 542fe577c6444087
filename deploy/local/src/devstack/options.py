"""What a stack is asked for on the command line. Imports little, so that short commands are quick."""

from dataclasses import dataclass
from datetime import UTC, datetime

from devstack.errors import StackError

SERVICES = ("onboarding", "contracts", "payouts")


@dataclass(frozen=True)
class Options:
    """What `up` was asked for.

    Attributes:
        services: modules to run.
        clock: ISO 8601, the bank's time at its first start; None is now.
    """

    services: list[str]
    clock: str | None = None

    def bank_clock(self) -> datetime | None:
        """`clock` as a moment, UTC where it names no zone. Raises StackError when it is not one."""
        try:
            moment = datetime.fromisoformat(self.clock) if self.clock else None
        except ValueError:
            raise StackError(f"--clock {self.clock} is not a moment: write it as 2026-09-25T14:30") from None
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
