"""The steps that a stack reports while it starts."""

from dataclasses import dataclass

from devstack.part import PartState


@dataclass(frozen=True)
class Progress:
    """A step of the start or the stop.

    Attributes:
        part: its name.
        state: what it is in now.
        note: what it does, a few words; may be empty.
    """

    part: str
    state: PartState
    note: str = ""
