"""Files with keys: for their owner's and its group's eyes only, whole or not there."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from chassis.vault.errors import KeyProviderFault

# The group may read: a Kubernetes secret is root's, and the pod's own group (fsGroup) is how an ordinary user gets at it.
_OTHERS = 0o037


def read(path: Path) -> str:
    """The text of `path`; raises KeyProviderFault when it is missing, others may read it or the group may change it."""
    try:
        with path.open(encoding="ascii") as file:
            if mode := os.fstat(file.fileno()).st_mode & _OTHERS:
                raise KeyProviderFault(f"{path}: others may touch this file ({mode:o}); give it mode 0600, or 0440")
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyProviderFault(f"{path}: cannot be read ({type(error).__name__})") from None


def write(path: Path, text: str) -> None:
    """Puts a whole file in the place of `path`, mode 0600, on the disk when this returns."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def decoded(text: str, path: Path) -> bytes:
    """32 bytes from base 64; raises KeyProviderFault."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise KeyProviderFault(f"{path}: must hold 32 random bytes in base 64")
    return key


def new_key_text() -> str:
    return base64.b64encode(os.urandom(32)).decode()
