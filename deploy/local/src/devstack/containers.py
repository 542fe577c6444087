"""Postgres and Kafka in containers of the official images, by testcontainers. Chosen with KAMAI_STACK=docker.

The data lives as long as the stack: testcontainers removes its containers, also when this process is killed.
Ports are bound to loopback. `testcontainers` is imported when a container starts, so that the other providers
do without it.
"""

import importlib
import os
import shutil
import threading
import time
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devstack import checks, kafka, postgres
from devstack.errors import MissingPrerequisiteError, PartFailedError, StackError
from devstack.kafka_libs import kafka_version
from devstack.part import POLL_S, BrokerPart, DatabasePart, Part, PartState
from devstack.ports import LOOPBACK, free_ports, is_listening
from devstack.process import TAIL_LINES
from devstack.secret_files import password

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = f"apache/kafka:{kafka_version()}"
READY_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Plan:
    """A container to run: `port` inside is bound to `host_port` on loopback."""

    image: str
    environment: dict[str, str]
    command: list[str]
    port: int
    host_port: int


def postgres_plan(image: str, host_port: int, secret: str) -> Plan:
    """The official image with the settings of the embedded server."""
    ours = {"listen_addresses", "unix_socket_directories"}
    settings = {name: value for name, value in postgres.SETTINGS.items() if name not in ours}
    return Plan(
        image=image,
        environment={"POSTGRES_PASSWORD": secret, "POSTGRES_DB": checks.DATABASE},
        command=[
            "postgres",
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ],
        port=5432,
        host_port=host_port,
    )


def kafka_plan(image: str, host_port: int) -> Plan:
    """The official image with the properties of the embedded broker. The broker listens on `host_port` inside
    as well: it reaches itself at its advertised address to end transactions."""
    addresses = {
        "listeners": f"PLAINTEXT://:{host_port},CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{host_port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    environment = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in (kafka.PROPERTIES | addresses).items()}
    heap = {"KAFKA_HEAP_OPTS": f"-Xmx{kafka.HEAP_MB}m"}
    return Plan(image=image, environment=environment | heap, command=[], port=host_port, host_port=host_port)


def _library() -> Any:
    """The docker library, which has no types."""
    try:
        return importlib.import_module("docker")
    except ImportError:
        raise MissingPrerequisiteError("testcontainers is missing: run `make setup`") from None


def require_docker() -> None:
    """Raises MissingPrerequisiteError when no Docker engine answers."""
    if _engine_answers():
        return
    installed = shutil.which("docker") is not None or os.environ.get("DOCKER_HOST")
    step = "start the Docker engine" if installed else "install Docker"
    raise MissingPrerequisiteError(f"no Docker engine answers: {step}, or use the default stack (KAMAI_STACK=embedded)")


def _engine_answers() -> bool:
    docker = _library()
    try:
        client = docker.from_env()
        client.ping()
        client.close()
    except docker.errors.DockerException:
        return False
    return True


class ContainerPart(Part):
    """A part that is a container."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(name)
        self.log = log
        self.port = free_ports(1)[0]
        self._container: DockerContainer | None = None
        self._state = PartState.STOPPED
        self._cancelled = threading.Event()

    @abstractmethod
    def plan(self) -> Plan: ...

    @abstractmethod
    def is_ready(self) -> bool: ...

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def state(self) -> PartState:
        if self._state is PartState.READY and not self._runs():
            return PartState.CRASHED
        return self._state

    def start(self) -> None:
        self._cancelled.clear()
        self._state = PartState.STARTING
        try:
            require_docker()
            if self._container is None:
                self.note(f"starting a container of {self.plan().image}")
                self._container = self._create()
            else:
                self._wrapped().start()
            self._wait_until_ready()
        except BaseException:
            self._remove()
            raise
        self._state = PartState.READY

    def stop(self) -> None:
        self._cancelled.set()
        if self._state is PartState.READY and self._container is not None and self._runs():
            self._wrapped().stop(timeout=int(kafka.GRACE_S))
        self._remove()

    def kill(self) -> None:
        if self._container is not None and self._runs():
            self._wrapped().kill()
        self._state = PartState.STOPPED

    def restart(self) -> None:
        if self._container is not None and self._runs():
            self._wrapped().stop(timeout=int(kafka.GRACE_S))
        self._state = PartState.STOPPED
        self.start()

    def failure(self) -> PartFailedError | None:
        return self._failed("the container ended") if self.state is PartState.CRASHED else None

    def _create(self) -> "DockerContainer":
        from testcontainers.core.container import DockerContainer

        plan = self.plan()
        container = DockerContainer(plan.image).with_envs(**plan.environment)
        if plan.command:
            container = container.with_command(plan.command)
        bindings: dict[str, Any] = container.ports  # with_bind_ports would bind to all addresses
        bindings[f"{plan.port}/tcp"] = (LOOPBACK, plan.host_port)
        container.start()
        threading.Thread(target=self._copy_log, args=(container.get_wrapped_container(),), daemon=True).start()
        return container

    def _copy_log(self, container: Any) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab", buffering=0) as output:
            for chunk in container.logs(stream=True, follow=True):
                output.write(chunk)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self.is_ready():
            if self._cancelled.wait(POLL_S):
                raise StackError(f"{self.name}: start given up")
            if not self._runs():
                raise self._failed("the container ended while starting")
            if time.monotonic() > deadline:
                raise self._failed(f"not ready after {READY_TIMEOUT_S:.0f} s")

    def _wrapped(self) -> Any:
        assert self._container is not None
        return self._container.get_wrapped_container()

    def _runs(self) -> bool:
        try:
            container = self._wrapped()
            container.reload()
        except _library().errors.DockerException:
            return False
        return bool(container.status == "running")

    def _remove(self) -> None:
        container, self._container = self._container, None
        self._state = PartState.STOPPED
        if container is not None:
            container.stop()

    def _failed(self, reason: str) -> PartFailedError:
        tail = self._wrapped().logs(tail=TAIL_LINES).decode(errors="replace").rstrip()
        return PartFailedError(self.name, reason, self.log, tail)


class DockerPostgres(ContainerPart, DatabasePart):
    def __init__(self, log: Path, image: str) -> None:
        super().__init__("postgres", log)
        self.image = image
        self._secret = password()

    @property
    def admin_dsn(self) -> str:
        return f"postgresql://{postgres.SUPERUSER}:{self._secret}@{self.address}/{checks.DATABASE}"

    def plan(self) -> Plan:
        return postgres_plan(self.image, self.port, self._secret)

    def is_ready(self) -> bool:
        return is_listening(self.port) and checks.postgres_is_ready(self.admin_dsn)


class DockerKafka(ContainerPart, BrokerPart):
    def __init__(self, log: Path, image: str) -> None:
        super().__init__("kafka", log)
        self.image = image

    @property
    def bootstrap(self) -> str:
        return self.address

    def plan(self) -> Plan:
        return kafka_plan(self.image, self.port)

    def is_ready(self) -> bool:
        return is_listening(self.port) and checks.kafka_is_ready(self.bootstrap)
