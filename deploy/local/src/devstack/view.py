"""What people see: progress while starting, and the table of `status`."""

import threading
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import psutil
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from devstack.part import PartState
from devstack.progress import Progress
from devstack.state import PartRecord, StackRecord

COLOURS = {
    "ready": "green",
    "starting": "yellow",
    "stopped": "dim",
    "crashed": "bold red",
    "gone": "bold red",
}


class StartView:
    """A line with a bar for each part; pass `show` as `on_progress`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def show(self, step: Progress) -> None:
        """Take in one step."""
        with self._lock:
            if step.part not in self._tasks:
                self._tasks[step.part] = self._bars.add_task(step.part, total=None, note="")
            task = self._tasks[step.part]
            if step.state is PartState.READY:
                self._bars.update(task, total=1, completed=1, note="")
                if not self._console.is_terminal:
                    self._console.print(f"{step.part}: ready")
            else:
                self._bars.update(task, note=step.note)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._console.is_terminal:
            self._bars.stop()


def status_table(record: StackRecord) -> Table:
    """One row for each part, as it is now."""
    table = Table(title=f"stack: {record.phase} ({record.provider})", title_justify="left")
    for heading in ("part", "state", "pid", "address"):
        table.add_column(heading)
    table.add_column("memory", justify="right")
    table.add_column("uptime", justify="right")
    for part in record.parts:
        table.add_row(*_row(part))
    return table


def _row(part: PartRecord) -> tuple[str, ...]:
    process = part.process.find() if part.process is not None else None
    state = "gone" if part.process is not None and process is None else part.state
    shown = f"[{COLOURS[state]}]{state}[/]"
    if process is None or part.process is None:
        return (part.name, shown, "", part.address, "", "")
    age = datetime.now(UTC) - datetime.fromtimestamp(part.process.created, UTC)
    memory = f"{memory_bytes(process) / 2**20:.0f} MB"
    return (
        part.name,
        shown,
        str(process.pid),
        part.address,
        memory,
        str(timedelta(seconds=int(age.total_seconds()))),
    )


def memory_bytes(process: psutil.Process) -> int:
    """Resident memory of a process and its descendants; what they share is counted once, where the system tells."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            figures = each.memory_full_info()
        except psutil.Error:
            continue
        total += getattr(figures, "pss", figures.rss)
    return total
