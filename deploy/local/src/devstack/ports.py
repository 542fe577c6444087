"""Loopback ports chosen by the system."""

import socket
import time
from contextlib import ExitStack

from devstack.errors import StackError

LOOPBACK = "127.0.0.1"
BUSY_RETRY_S = 0.05


def free_ports(count: int) -> tuple[int, ...]:
    """`count` different ports that are free now. Another process may take one before we do: starts are retried."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return tuple(int(each.getsockname()[1]) for each in sockets)


def is_listening(port: int) -> bool:
    """True when something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def require_free(port: int, *, wait_s: float) -> None:
    """Wait until `port` can be listened on.

    Raises:
        StackError: it is not a port, we may not use it, or another process holds it after `wait_s` seconds.
    """
    if not 0 < port < 65536:
        raise StackError(f"{port} is not a port: give one of 1 to 65535, or none to let the system choose")
    deadline = time.monotonic() + wait_s
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
                probe.listen()
                return
            except PermissionError:
                raise StackError(f"port {port} needs more rights than this user has: give one above 1023") from None
            except OSError:
                if time.monotonic() > deadline:
                    raise StackError(f"port {port} on {LOOPBACK} is in use by another process") from None
        time.sleep(BUSY_RETRY_S)
