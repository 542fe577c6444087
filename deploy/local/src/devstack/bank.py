"""The counterparty bank: mock-bank, ISO 20022 in and out, on a clock that can be moved."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from devstack import checks
from devstack.part import BankPart
from devstack.ports import LOOPBACK, is_listening
from devstack.process import Command
from devstack.process_part import ProcessPart
from devstack.secret_files import write_private

END_OF_DAY = "23:59"
"""Cutoff that lets a payment of any hour settle on the same day."""


class Bank(ProcessPart, BankPart):
    """A mock-bank on a loopback port, its books in ``bank.sqlite`` below `directory`.

    Args:
        clock: bank time at the first start; None is now. Later starts go on in bank time, as far as it was moved:
            mock-bank itself forgets that when it ends.
        cutoff: ``HH:MM`` from which a payment settles on the next business day.
        port, log: as for Postgres.
    """

    port_taken_texts: ClassVar = ("cannot listen on",)
    ready_timeout_s: ClassVar = 30.0

    def __init__(
        self,
        directory: Path,
        *,
        clock: datetime | None = None,
        cutoff: str = END_OF_DAY,
        port: int | None = None,
        log: Path | None = None,
    ) -> None:
        super().__init__("bank", log or directory / "bank.log", port=port)
        self.directory = directory.absolute()
        if clock is not None and clock.tzinfo is None:
            raise ValueError("clock must say its time zone")
        self.clock = clock
        self.cutoff = cutoff
        self._offset_file = self.directory / "clock-offset-s"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports[0]}" if self.ports else ""

    @property
    def address(self) -> str:
        return self.url

    def prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)

    def command(self) -> Command:
        options = [
            "--host", LOOPBACK, "--port", str(self.ports[0]), "--cutoff", self.cutoff,
            "--db", str(self.directory / "bank.sqlite"), "--quiet",
        ]  # fmt: skip
        moment = self._bank_time()
        if moment is not None:
            options += ["--clock", moment.strftime("%Y-%m-%dT%H:%M:%S")]
        return Command(argv=[sys.executable, "-m", "mockbank", *options], grace_s=5.0)

    def is_ready(self) -> bool:
        return is_listening(self.ports[0]) and checks.bank_is_ready(self.url)

    def stop(self) -> None:
        self._keep_clock()
        super().stop()

    def kill(self) -> None:
        self._keep_clock()
        super().kill()

    def _bank_time(self) -> datetime | None:
        if self._offset_file.exists():
            return datetime.now(UTC) + timedelta(seconds=int(self._offset_file.read_text()))
        return None if self.clock is None else self.clock.astimezone(UTC)

    def _keep_clock(self) -> None:
        if self.process is None or not self.ports:
            return
        try:
            offset_s = checks.get_json(f"{self.url}/_mock/state")["clock"]["offsetSeconds"]
        except (OSError, ValueError, KeyError):
            return  # it hangs or never came up: what was kept before still holds
        write_private(self._offset_file, str(int(offset_s)))
