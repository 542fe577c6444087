"""What can go wrong while the stack runs. Every message is one line that says what to do, a log tail may follow."""

from pathlib import Path


class StackError(RuntimeError):
    """The stack cannot do what was asked; the message is for the person at the terminal."""


class MissingPrerequisiteError(StackError):
    """Something has to be installed on this machine first; the message names it."""


class AlreadyUpError(StackError):
    """Another process runs the stack of this state directory."""


class CancelledError(StackError):
    """The start of a part was given up because the stack is going down."""


class PartFailedError(StackError):
    """A part ended by itself, or did not become ready in time.

    Attributes:
        part: name of the part, for example ``kafka``.
        reason: one line.
        log: the file with everything the part wrote.
        tail: the last lines of it, at most 30.
    """

    def __init__(self, part: str, reason: str, log: Path | None = None, tail: str = "") -> None:
        self.part, self.reason, self.log, self.tail = part, reason, log, tail
        super().__init__(self._text())

    def _text(self) -> str:
        text = f"{self.part}: {self.reason}"
        if self.tail:
            text += f"\n--- last lines of {self.log} ---\n{self.tail}"
        return text
