"""The stack a demo runs on: the one that is up, else one of its own, which ends with the demo."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kamai_client.client import SERVICES
from kamai_client.demo.waiting import DemoError
from kamai_client.target import Target, state_directory

# Hours at a real bank; here nobody wants to wait for hours to see a silent bank noticed.
SETTINGS = {"KAMAI_BANK_SILENCE_S": "1.5", "KAMAI_INQUIRY_EVERY_S": "60"}
PARTS = ("postgres", "kafka", "bank", *SERVICES)
Progress = Callable[[str, bool], None]
"""Name of a part, and whether it is ready."""


def running() -> Target | None:
    """The stack named by the environment or up in this checkout, if it has everything the demo needs."""
    target = Target.find()
    complete = all(target.services.values()) and target.bank_url and target.bootstrap and target.dev_key
    return target if complete else None


@contextmanager
def started(keep: bool, on_progress: Progress) -> Iterator[Target]:
    """Starts a stack. With `keep` it goes on in the background as the checkout's own; else it is ended with the context, on
    data that was made for this demo.

    Raises:
        DemoError: it could not be started; the text says what to do.
    """
    try:
        from devstack import background
        from devstack.errors import StackError
        from devstack.layout import Layout
        from devstack.options import Options
        from devstack.stack import Stack
    except ImportError:
        raise DemoError("no stack is up, and starting one needs `pip install kamai-devstack` (make setup does)") from None

    def tell(step: Any) -> None:
        on_progress(step.part, step.state.value == "ready")

    try:
        if keep:
            os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
            background.up(Layout.default(), Options(services=list(SERVICES)), tell)
            found = running()
            if found is None:
                raise DemoError("the stack is up, but its addresses are not in stack.json")
            yield found
            return
        stack = Stack(fresh_directory(), extra_env={"payouts": SETTINGS}, on_progress=tell)
        stack.start()
        try:
            yield Target.of(stack.client_env())
        finally:
            stack.stop()
    except StackError as error:
        raise DemoError(str(error)) from None


def where_the_logs_are() -> str:
    """Of the stack that is up, else of the one the last demo had for itself."""
    return "`make logs` shows them" if Target.find().services["payouts"] else f"they are in {_directory() / 'logs'}"


def _directory() -> Path:
    return state_directory() / "demo" / "stack"


def fresh_directory() -> Path:
    """Logs of the last demo stay until the next one."""
    directory = _directory()
    shutil.rmtree(directory / "data", ignore_errors=True)
    shutil.rmtree(directory / "keys", ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    return directory
