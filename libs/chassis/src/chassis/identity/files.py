"""Files that are read again when they change. A change that cannot be used is logged, and what was read before stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from chassis.logging import fault, logger

T = TypeVar("T")
Stamp = tuple[tuple[int, int, int], ...]


class Unusable(Exception):
    """A file or a fetched document that cannot be used; the text says why and quotes nothing of it."""


class Watched(Generic[T]):
    """What `read` makes of the files.

    Args:
        name: of the thing, for the log and for errors.
        every_s: how often at most the files are looked at.

    Raises:
        Unusable: it cannot be read at the start.
    """

    def __init__(self, name: str, files: Sequence[Path], read: Callable[[], T], every_s: float = 1.0) -> None:
        self._name, self._files, self._read, self._every_s = name, tuple(files), read, every_s
        try:
            self._stamp = self._look()
            self._value = read()
        except (OSError, ValueError) as error:
            raise Unusable(f"{name}: cannot be read ({type(error).__name__})") from None
        except Unusable as error:
            raise Unusable(f"{name}: {error}") from None
        self._looked = time.monotonic()

    def current(self) -> T:
        """The newest that could be read."""
        return self._value if time.monotonic() - self._looked < self._every_s else self.refreshed()

    def refreshed(self) -> T:
        """The same, but looks at the files now."""
        self._looked = time.monotonic()
        try:
            stamp = self._look()
        except OSError:  # between two versions of a mounted file
            return self._value
        if stamp != self._stamp:
            self._stamp = stamp
            self._replace()
        return self._value

    def _replace(self) -> None:
        try:
            self._value = self._read()
        except Unusable as error:
            logger().error("changed file not used", component=self._name, reason=str(error))
        except (OSError, ValueError) as error:
            logger().error("changed file not used", component=self._name, **fault(error))
        else:
            logger().info("changed file in use", component=self._name)

    def _look(self) -> Stamp:
        found = [file.stat() for file in self._files]
        return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in found)
