"""Requests to the process that runs the stack, one JSON line each way over a socket in the state directory.

A socket's path may have 107 bytes and a checkout's may have more, so both sides work from within the state
directory and use the bare name.
"""

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from devstack.errors import StackError

NAME = "control.sock"
READ_S = 5.0


def serve(root: Path, handle: Callable[[dict[str, Any]], None]) -> None:
    """Answer requests for ever: ``{"ok": true}``, or ``{"error": text}`` when `handle` raises StackError or OSError."""
    with _inside(root), socket.socket(socket.AF_UNIX) as listener:
        Path(NAME).unlink(missing_ok=True)
        listener.bind(NAME)
        listener.listen()
        try:
            while True:
                connection, _ = listener.accept()
                with connection:
                    _answer(connection, handle)
        finally:
            Path(NAME).unlink(missing_ok=True)


def _answer(connection: socket.socket, handle: Callable[[dict[str, Any]], None]) -> None:
    connection.settimeout(READ_S)
    with contextlib.suppress(OSError, ValueError), connection.makefile("rw") as stream:
        request = json.loads(stream.readline())
        try:
            handle(request)
            answer: dict[str, Any] = {"ok": True}
        except (StackError, OSError) as error:
            answer = {"error": str(error)}
        stream.write(json.dumps(answer) + "\n")


def ask(root: Path, request: dict[str, Any], *, timeout_s: float) -> None:
    """Have a request done. Raises StackError with the other side's text, or when nobody answers."""
    try:
        with _inside(root), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout_s)
            connection.connect(NAME)
            with connection.makefile("rw") as stream:
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                answer = json.loads(stream.readline())
    except (OSError, ValueError):
        raise StackError("the stack does not answer: `make status` shows it") from None
    if "error" in answer:
        raise StackError(answer["error"])


@contextlib.contextmanager
def _inside(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
