"""One Postgres, one Kafka and one bank for the tests of this folder; each test leaves them running."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from devstack import infra
from devstack.layout import Layout

FAKES = Path(__file__).parent / "fakes"


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[infra.Infra]:
    """Running infrastructure below a directory that only its owner may enter, as pytest makes them."""
    with infra.start_infra(tmp_path_factory.mktemp("infra")) as running:
        yield running


@pytest.fixture(scope="session")
def fakes() -> dict[str, str]:
    """Environment in which `alpha` and `payouts` are the fake services."""
    return {"PYTHONPATH": str(FAKES)}


@pytest.fixture
def outside(parts: infra.Infra, monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses of the infrastructure in the environment, for the `external` provider."""
    monkeypatch.setenv("KAMAI_ADMIN_DATABASE_URL", parts.postgres.admin_dsn)
    monkeypatch.setenv("KAMAI_KAFKA_BOOTSTRAP", parts.kafka.bootstrap)
    monkeypatch.setenv("KAMAI_BANK_URL", parts.bank.url)


@pytest.fixture
def left_running() -> Callable[[Path], list[str]]:
    """Finds the processes that have something to do with a directory."""
    return _processes_of


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "local")


def _processes_of(directory: Path) -> list[str]:
    return [f"{each.pid} {each.name()}" for each in psutil.process_iter() if _concerns(each, str(directory))]


def _concerns(process: psutil.Process, directory: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        known = [*process.cmdline(), process.cwd(), *process.environ().values()]
    except psutil.Error:
        return False
    return any(directory in text for text in known)
