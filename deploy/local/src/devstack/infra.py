"""Postgres, Kafka and the bank one by one, for tests: real ones, on a directory of the caller, without services.

with infra.start_kafka(tmp_path / "kafka") as kafka:
    ...  # kafka.bootstrap; kafka.kill(); kafka.restart()
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from devstack.bank import END_OF_DAY, Bank
from devstack.kafka import Kafka
from devstack.part import Part
from devstack.postgres import Postgres

P = TypeVar("P", bound=Part)


def start_postgres(directory: Path, *, fast: bool = False, port: int | None = None, log: Path | None = None) -> Postgres:
    """A running PostgreSQL 18; see `devstack.postgres.Postgres`. Warm: about 2 s for a new database, 0.3 s else."""
    return _started(Postgres(directory, fast=fast, port=port, log=log))


def start_kafka(directory: Path, *, port: int | None = None, log: Path | None = None) -> Kafka:
    """A running Kafka broker; see `devstack.kafka.Kafka`. Warm: about 4 s. A restart after `kill` takes about 5 s."""
    return _started(Kafka(directory, port=port, log=log))


def start_bank(
    directory: Path,
    *,
    clock: datetime | None = None,
    cutoff: str = END_OF_DAY,
    port: int | None = None,
    log: Path | None = None,
) -> Bank:
    """A running mock-bank; see `devstack.bank.Bank`."""
    return _started(Bank(directory, clock=clock, cutoff=cutoff, port=port, log=log))


@dataclass(frozen=True)
class Infra:
    """All three, running."""

    postgres: Postgres
    kafka: Kafka
    bank: Bank

    def stop(self) -> None:
        """Stop bank, Kafka and Postgres, all of them even when one refuses."""
        stop_in_order((self.bank, self.kafka, self.postgres))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def start_infra(directory: Path, *, fast: bool = False, clock: datetime | None = None) -> Infra:
    """Postgres, Kafka and the bank beside each other below `directory`; when one fails, none is left running."""
    infra = Infra(
        Postgres(directory / "postgres", fast=fast),
        Kafka(directory / "kafka"),
        Bank(directory / "bank", clock=clock),
    )
    parts: tuple[Part, ...] = (infra.postgres, infra.kafka, infra.bank)
    run_together({part.start for part in parts}, undo=infra.stop)
    return infra


def run_together(steps: Iterable[Callable[[], None]], *, undo: Callable[[], None]) -> None:
    """Run `steps` in threads. When one raises, or a signal interrupts us, `undo` is called until all have
    ended (a step may have been about to start something), and the first exception is raised."""
    with ThreadPoolExecutor(thread_name_prefix="devstack-start") as threads:
        pending: set[Future[None]] = {threads.submit(step) for step in steps}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
        except BaseException:
            undo()
            while wait(pending, timeout=0.1).not_done:
                undo()
            undo()
            raise


def stop_in_order(parts: Iterable[Part]) -> None:
    """Stop each part, all of them even when one refuses; then raise the first refusal."""
    refusals: list[Exception] = []
    for part in parts:
        try:
            part.stop()
        except Exception as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]


def _started(part: P) -> P:
    part.start()
    return part
