"""Small files that only their owner may read, written so that no reader sees half of one."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_private(path: Path, content: str, *, mode: int = 0o600) -> None:
    """Write `content` atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with 0600
    try:
        with os.fdopen(handle, "w") as output:
            output.write(content)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The content of `path`; when there is none yet, what `make` returns is written first."""
    if not path.exists():
        write_private(path, make())
    return path.read_text()


def password() -> str:
    """192 random bits, safe in a URL."""
    return secrets.token_urlsafe(24)
