"""Reading official csv files line by line: bounded, and a bad line never hides the good ones."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_END_OF_FILE = b"\x1a"  # the official files end with the DOS mark
_EMPTY = "-0-"


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of one file; the official ones have about 14,000 lines of at most 1,100 bytes."""

    line_bytes: int = 16_384
    lines: int = 500_000
    problems: int = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """line: 1-based. rejected: False when the line was kept and only a detail could not be read."""

    file: str
    line: int
    reason: str
    rejected: bool = True


class ListTooLarge(ValueError):
    """A file exceeds its limits, or so many lines are bad that it is not the file it claims to be."""


class CsvLines:
    """Rows of one file as (line number, fields); problems collect in `problems`, content in the digest."""

    def __init__(self, file: str, stream: BinaryIO, columns: int, limits: Limits) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._stream = stream
        self._columns = columns
        self._limits = limits
        self._digest = hashlib.sha256()

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        number = 0
        while chunk := self._stream.readline(self._limits.line_bytes + 1):
            number += 1
            if number > self._limits.lines:
                raise ListTooLarge(f"{self.file}: more than {self._limits.lines} lines")
            self._digest.update(chunk)
            if len(chunk) > self._limits.line_bytes:
                self._skip_rest_of_line(chunk)
                self.report(number, f"line is longer than {self._limits.line_bytes} bytes")
                continue
            body = chunk.strip(b"\r\n" + _END_OF_FILE)
            if not body:
                continue
            fields = self._fields(number, body)
            if fields is not None:
                yield number, fields

    def report(self, line: int, reason: str, rejected: bool = True) -> None:
        """Errors: ListTooLarge when there are more problems than the limit."""
        if len(self.problems) >= self._limits.problems:
            raise ListTooLarge(f"{self.file}: more than {self._limits.problems} problems, last in line {line}")
        self.problems.append(Problem(self.file, line, reason, rejected))

    def digest(self) -> bytes:
        """sha256 of what was read; complete after the iteration."""
        return self._digest.digest()

    def _skip_rest_of_line(self, chunk: bytes) -> None:
        while not chunk.endswith(b"\n"):
            chunk = self._stream.readline(self._limits.line_bytes)
            if not chunk:
                return
            self._digest.update(chunk)

    def _fields(self, number: int, body: bytes) -> list[str] | None:
        try:
            rows = list(csv.reader([_decode(body)], strict=True))
        except csv.Error as error:
            self.report(number, f"not a csv line: {error}")
            return None
        fields = ["" if f.strip() == _EMPTY else f.strip() for f in rows[0]] if rows else []
        if len(fields) != self._columns:
            self.report(number, f"expected {self._columns} fields, found {len(fields)}")
            return None
        return fields


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        # Older publications are in the Windows code page; a name must not be lost over it.
        return body.decode("cp1252", errors="replace")
