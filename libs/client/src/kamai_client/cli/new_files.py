"""Files that commands write: of people and their accounts, so for the owner alone, and never over another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kamai_client.cli import failures


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file of mode 0600, made before anything is asked for; it is gone again when the command fails. A path that cannot be
    written to, or is taken, ends the command."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        failures.wrong_usage("EXISTS", f"{path} exists: name another file")
    except OSError as error:
        failures.unusable(f"{path} cannot be written: {error.strerror}")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
