"""The whole stack of a checkout: Postgres, Kafka, the bank and the services, owned by this process."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from devstack import providers, state
from devstack.errors import PartFailedError, StackError
from devstack.infra import run_together, stop_in_order
from devstack.keys import Keys
from devstack.layout import Layout
from devstack.options import SERVICES
from devstack.part import Part, PartState
from devstack.process import own_identity
from devstack.progress import Progress
from devstack.service import Service, Surroundings

WATCH_S = 0.25
# A migration talks to neither Kafka nor the bank, but the service checks all its settings, and Kafka may not
# have chosen its port yet.
NOT_KNOWN_YET = "127.0.0.1:1"

_log = logging.getLogger("devstack")


def _report_crash(failure: PartFailedError) -> None:
    _log.error("%s", failure)


class Stack:
    """Runs while the context is open; nothing is left running after it, whatever happens.

    Args:
        root: state directory; by default KAMAI_LOCAL, else ``.local`` of the checkout.
        services: modules to run as services, each ``python -m NAME migrate`` and then ``python -m NAME all``.
        extra_env: more environment by service.
        provider: ``embedded``, ``docker`` or ``external``; by default KAMAI_STACK.
        fast: Postgres without fsync, for tests.
        clock: the bank's time at its first start, UTC; None is now.
        on_progress: called at each step, from any thread.
        on_crash: called once when a part ends by itself, from a thread; by default the error is logged.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        services: Sequence[str] = SERVICES,
        extra_env: Mapping[str, Mapping[str, str]] | None = None,
        provider: str | None = None,
        fast: bool = False,
        clock: datetime | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
        on_crash: Callable[[PartFailedError], None] = _report_crash,
    ) -> None:
        self.layout = Layout(root.absolute()) if root is not None else Layout.default()
        self.keys = Keys(self.layout.keys)
        self._provider = providers.choose(self.layout, name=provider, fast=fast, clock=clock)
        self.postgres = self._provider.postgres()
        self.kafka = self._provider.kafka()
        self.bank = self._provider.bank()
        self.services = {name: self._service(name, (extra_env or {}).get(name, {})) for name in services}
        self.parts: dict[str, Part] = {
            part.name: part for part in (self.postgres, self.kafka, self.bank, *self.services.values())
        }
        self._on_progress = on_progress
        self._on_crash = on_crash
        self._lock = state.StackLock(self.layout.lock)
        self._writing = threading.Lock()
        self._phase = "down"
        self._changing: set[str] = set()
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        for part in self.parts.values():
            part.note = self._noter(part)

    def start(self) -> None:
        """Start everything and wait until it serves.

        Raises:
            AlreadyUpError: another process runs the stack of this state directory.
            MissingPrerequisiteError: something must be installed first.
            PartFailedError: a part did not come up; everything else was stopped again.
        """
        self._lock.acquire()
        try:
            state.clear_leftovers(self.layout)
            self._rotate_logs()
            self.keys.make_missing()
            self._phase = "starting"
            run_together({self._start_database, *self._starters(self.kafka, self.bank)}, undo=self._stop_parts)
            for service in self.services.values():
                service.surroundings = self._surroundings()
            run_together(set(self._starters(*self.services.values())), undo=self._stop_parts)
        except BaseException:
            self._stop_parts()
            self._forget()
            raise
        self._phase = "up"
        self._write_state()
        self._stopping.clear()
        self._watcher = threading.Thread(target=self._watch, name="devstack-watch", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Stop the services, then the bank, Kafka and Postgres; nothing happens when the stack is down."""
        if self._phase == "down":
            return
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        self._phase = "stopping"
        self._write_state()
        try:
            self._stop_parts()
        finally:
            self._forget()

    def address(self, name: str) -> str:
        """``host:port`` of a service or of a part, the bank's URL.

        Raises:
            StackError: there is no such part.
            PartFailedError: it crashed.
        """
        part = self.part(name)
        failure = part.failure()
        if failure is not None:
            raise failure
        return part.address

    def part(self, name: str) -> Part:
        """A part by name: ``postgres``, ``kafka``, ``bank`` or a service."""
        if name not in self.parts:
            raise StackError(f"there is no part {name!r}: give one of {', '.join(self.parts)}")
        return self.parts[name]

    def restart(self, name: str) -> None:
        """Stop and start one part on its address and data; a crashed one is started."""
        part = self.part(name)
        self._changing.add(name)
        try:
            self._tell(part, "restarting")
            part.restart()
            self._tell(part)
        finally:
            self._changing.discard(name)

    def failures(self) -> list[PartFailedError]:
        """Parts that are crashed now."""
        found = (part.failure() for part in self.parts.values())
        return [failure for failure in found if failure is not None]

    def client_env(self) -> dict[str, str]:
        """What a client of the stack needs in its environment."""
        addresses = {f"KAMAI_{name.upper()}_ADDR": service.address for name, service in self.services.items()}
        return addresses | {
            "KAMAI_BANK_URL": self.bank.url,
            "KAMAI_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "KAMAI_DEV_TOKEN_KEY": str(self.keys.token_key),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _service(self, name: str, extra_env: Mapping[str, str]) -> Service:
        return Service(name, log=self.layout.log(name), ready_file=self.layout.ready_file(name), extra_env=extra_env)

    def _start_database(self) -> None:
        self._start_part(self.postgres)
        # One after the other: roles and grants of one database do not bear two writers at once.
        for service in self.services.values():
            service.migrate(self._surroundings())
            self._tell(service, "migrated")

    def _starters(self, *parts: Part) -> list[Callable[[], None]]:
        return [partial(self._start_part, part) for part in parts]

    def _start_part(self, part: Part) -> None:
        self._on_progress(Progress(part.name, PartState.STARTING))
        part.start()
        self._tell(part)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            admin_dsn=self.postgres.admin_dsn,
            bootstrap=self.kafka.bootstrap or NOT_KNOWN_YET,
            bank_url=self.bank.url or f"http://{NOT_KNOWN_YET}",
            keys=self.keys,
        )

    def _stop_parts(self) -> None:
        services = list(self.services.values())
        if services:
            with ThreadPoolExecutor(max_workers=len(services)) as threads:
                list(threads.map(self._stop_quietly, services))
        stop_in_order((self.bank, self.kafka, self.postgres))

    def _stop_quietly(self, part: Part) -> None:
        with suppress(OSError):
            part.stop()

    def _watch(self) -> None:
        reported: set[str] = set()
        while not self._stopping.wait(WATCH_S):
            for name, part in self.parts.items():
                failure = None if name in self._changing else part.failure()
                if failure is None:
                    reported.discard(name)
                elif name not in reported:
                    reported.add(name)
                    self._tell(part, failure.reason)
                    self._on_crash(failure)

    def _noter(self, part: Part) -> Callable[[str], None]:
        return lambda text: self._tell(part, text)

    def _tell(self, part: Part, note: str = "") -> None:
        self._write_state()
        self._on_progress(Progress(part.name, part.state, note))

    def _write_state(self) -> None:
        with self._writing:
            parts = [state.record_of(part) for part in self.parts.values()]
            settings = {name: service.settings for name, service in self.services.items()}
            identity = own_identity()
            record = state.StackRecord(self._phase, self._provider.name, identity, parts, self.client_env(), settings)
            state.write(self.layout, record)

    def _rotate_logs(self) -> None:
        """One earlier run is kept."""
        for name in self.parts:
            log = self.layout.log(name)
            if log.exists():
                log.replace(log.with_suffix(".log.1"))

    def _forget(self) -> None:
        self._phase = "down"
        self.layout.state.unlink(missing_ok=True)
        self._lock.release()
