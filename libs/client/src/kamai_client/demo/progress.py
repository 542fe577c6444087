"""What a person sees while the demo works: a bar for each stage; without a terminal, a line when a stage is done."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

WIDE = 110


class Stage:
    def __init__(self, view: Stages, name: str, total: int) -> None:
        self._view, self._name, self._began = view, name, time.monotonic()
        self.total, self.done, self.note = total, 0, ""
        self._task: TaskID = view.bars.add_task(name, total=max(total, 1), note="")

    def step(self, note: str = "") -> None:
        self.reach(self.done + 1, note)

    def reach(self, done: int, note: str = "") -> None:
        self.done, self.note = done, note
        self._view.bars.update(self._task, completed=done, note=note)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        took_s = time.monotonic() - self._began
        if error is None:
            self._view.bars.update(self._task, total=max(self.total, 1), completed=max(self.total, 1))
        self._view.bars.stop_task(self._task)
        self._view.took_s[self._name] = took_s
        if not self._view.console.is_terminal and error is None:
            note = f" ({self.note})" if self.note else ""
            self._view.console.print(f"{self._name}: {self.total} in {took_s:.1f} s{note}", markup=False, highlight=False)


class Stages:
    """Use it as a context manager around all stages."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.took_s: dict[str, float] = {}
        columns: list[ProgressColumn] = [
            SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description:<39}"), BarColumn(bar_width=16),
            MofNCompleteColumn(), TimeElapsedColumn(),
        ]  # fmt: skip
        if console.width >= WIDE:
            columns.append(TextColumn("{task.fields[note]}", style="dim"))
        self.bars = Progress(*columns, console=console, disable=not console.is_terminal)

    def stage(self, name: str, total: int) -> Stage:
        return Stage(self, name, total)

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.bars.stop()
