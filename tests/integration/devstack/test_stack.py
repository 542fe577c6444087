"""The stack as a context: services, their environment, crashes. On infrastructure that runs already, so that it is
quick; test_background.py starts everything."""

import json
import os
import queue
import signal
from collections.abc import Callable
from pathlib import Path

import asyncpg
import grpc
import pytest
from devstack import state
from devstack.errors import AlreadyUpError, PartFailedError, StackError
from devstack.layout import Layout
from devstack.part import PartState
from devstack.progress import Progress
from devstack.service import Service
from devstack.stack import Stack
from grpc_health.v1 import health_pb2, health_pb2_grpc

WAIT_S = 20.0
pytestmark = pytest.mark.usefixtures("outside")


def _stack(layout: Layout, fakes: dict[str, str], **more: object) -> Stack:
    env = {"alpha": fakes, "payouts": fakes}
    return Stack(layout.root, services=tuple(env), provider="external", extra_env=env, **more)  # type: ignore[arg-type]


def _settings(layout: Layout, service: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(layout.ready_file(service).with_suffix(".settings").read_text())
    return found


def _secret(settings: dict[str, str], name: str) -> str:
    file = Path(settings["KAMAI_SECRETS_DIR"]) / f"kamai_{name}"
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_text()


def test_services_are_told_what_they_need(
    layout: Layout, fakes: dict[str, str], left_running: Callable[[Path], list[str]]
) -> None:
    """Each service serves on a port of the system's choice with the environment agreed on; only payouts gets the
    private keys; the superuser's URL stays out of the running services; clients get their addresses."""
    steps: queue.Queue[Progress] = queue.Queue()
    with _stack(layout, fakes, on_progress=steps.put) as stack:
        client = stack.client_env()
        assert client["KAMAI_ALPHA_ADDR"] == stack.address("alpha")
        assert client["KAMAI_KAFKA_BOOTSTRAP"] == stack.kafka.bootstrap
        assert Path(client["KAMAI_DEV_TOKEN_KEY"]).stat().st_mode & 0o777 == 0o600
        with grpc.insecure_channel(client["KAMAI_PAYOUTS_ADDR"]) as channel:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        alpha, payouts = _settings(layout, "alpha"), _settings(layout, "payouts")
        assert alpha["KAMAI_ENV"] == "development"
        assert _secret(alpha, "database_url").startswith("postgresql://alpha_app:")
        assert payouts["KAMAI_BANK_URL"] == stack.bank.url
        private = {"KAMAI_INSTRUCTION_KEY_FILE", "KAMAI_BANK_EVENT_KEY_FILE"}
        assert private <= payouts.keys()
        assert not private & alpha.keys()
        for settings in (alpha, payouts):
            assert "KAMAI_ADMIN_DATABASE_URL" not in settings
            assert "KAMAI_OWNER_PASSWORD" not in settings
            assert not [value for value in settings.values() if "postgresql://" in value]
            assert [each.name for each in Path(settings["KAMAI_SECRETS_DIR"]).iterdir()] == ["kamai_database_url"]
        assert len(left_running(layout.root)) == 2
    told = [steps.get() for _ in range(steps.qsize())]
    assert {step.part for step in told if step.state is PartState.READY} >= {"postgres", "kafka", "bank", "alpha"}
    assert left_running(layout.root) == []
    assert "alpha drained" in layout.log("alpha").read_text()
    assert not layout.state.exists()


async def test_crash_is_reported_and_restart_heals(layout: Layout, fakes: dict[str, str]) -> None:
    """A service that dies is reported once with the tail of its log, its address is refused until it is restarted,
    and then it is the same address."""
    crashes: queue.Queue[PartFailedError] = queue.Queue()
    with _stack(layout, fakes, on_crash=crashes.put) as stack:
        address = stack.address("alpha")
        process = stack.part("alpha").process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        failure = crashes.get(timeout=WAIT_S)
        assert "alpha: crashed: ended by signal 9" in str(failure)
        assert "alpha serves" in failure.tail
        assert [each.part for each in stack.failures()] == ["alpha"]
        with pytest.raises(PartFailedError):
            stack.address("alpha")
        record = state.read(layout)
        assert record is not None
        assert {part.name: part.state for part in record.parts}["alpha"] == "crashed"
        stack.restart("alpha")
        assert stack.address("alpha") == address
        assert crashes.empty()
        part = stack.part("alpha")
        assert isinstance(part, Service)
        database = await asyncpg.connect(_secret(_settings(layout, "alpha"), "database_url"))
        assert await database.fetchval("select count(distinct pid) >= 2 from alpha.starts")
        await database.close()
        with pytest.raises(StackError, match="no part 'beta': give one of postgres, kafka"):
            stack.restart("beta")
        with pytest.raises(StackError, match="postgres is external"):
            stack.restart("postgres")


@pytest.mark.parametrize("task", ["migrate", "all"])
def test_failing_start_stops_the_rest(
    layout: Layout, fakes: dict[str, str], task: str, left_running: Callable[[Path], list[str]]
) -> None:
    """A service that cannot migrate or serve fails the start with the last 30 lines it wrote, and nothing stays."""
    env = {"alpha": fakes, "payouts": fakes | {"FAKE_FAILURE": task}}
    with pytest.raises(PartFailedError) as raised:
        Stack(layout.root, services=("alpha", "payouts"), provider="external", extra_env=env).start()
    assert raised.value.part == "payouts"
    assert "code 1" in raised.value.reason
    lines = raised.value.tail.splitlines()
    assert len(lines) == 30
    assert lines[-1] == f"payouts cannot {task}"
    assert left_running(layout.root) == []
    assert not layout.state.exists()


def test_second_stack_in_one_directory_is_refused(layout: Layout, fakes: dict[str, str]) -> None:
    """Two stacks never own one state directory, and the first is not disturbed by the attempt; afterwards the second
    may have it, again and again."""
    second = _stack(layout, fakes)
    with _stack(layout, fakes) as first:
        with pytest.raises(AlreadyUpError, match=rf"already up \(pid {os.getpid()}\)"):
            second.start()
        assert first.failures() == []
        assert state.read(layout) is not None
    for _ in range(2):
        with second:
            assert second.address("alpha")


def test_nothing_answers_at_an_external_address(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong address is named, without its password."""
    monkeypatch.setenv("KAMAI_ADMIN_DATABASE_URL", "postgresql://postgres:hidden@127.0.0.1:1/kamai")
    with pytest.raises(StackError, match=r"^postgres: nothing answers at 127\.0\.0\.1:1$"):
        Stack(layout.root, services=(), provider="external").start()
