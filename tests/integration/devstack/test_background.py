"""`kamai-stack` and its background process, with everything embedded: two stacks beside each other, and every way to
end one leaves nothing running."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from devstack import state
from devstack.layout import Layout
from devstack.process import wait_gone

WAIT_S = 60.0
FOREGROUND = """
from devstack.stack import Stack
with Stack(services=("alpha",)) as stack:
    print("up", flush=True)
    import signal
    signal.pause()
"""


class CommandLine:
    """`kamai-stack` on the state directory of `layout`."""

    def __init__(self, layout: Layout, env: dict[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KAMAI_")}
        self.env = kept | env | {"KAMAI_LOCAL": str(layout.root)}
        self.layout = layout

    def __call__(self, *words: str, code: int = 0) -> str:
        """What it printed, errors included."""
        done = subprocess.run(
            [sys.executable, "-m", "devstack", *words],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=WAIT_S, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory, fakes: dict[str, str]) -> Iterator[CommandLine]:
    """A stack that `kamai-stack up` started, while another one starts in the foreground (see `other`)."""
    cli = CommandLine(Layout(tmp_path_factory.mktemp("first") / "local"), fakes)
    yield cli
    cli("down")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, fakes: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A stack in a foreground process, in another directory."""
    cli = CommandLine(Layout(tmp_path_factory.mktemp("second") / "local"), fakes)
    with subprocess.Popen(
        [sys.executable, "-c", FOREGROUND], env=cli.env, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield process
        process.kill()


def _parts(layout: Layout) -> list[psutil.Process]:
    """The processes of a stack with all their descendants."""
    record = state.read(layout)
    assert record is not None
    found = [part.process.find() for part in record.parts if part.process is not None]
    alive = [process for process in found if process is not None]
    assert len(alive) == len(record.parts)
    return [each for process in alive for each in (process, *process.children(recursive=True))]


def test_up_and_down(command: CommandLine, other: "subprocess.Popen[str]", left_running: Callable[[Path], list[str]]) -> None:
    """Up shows each part; a second up says so; status, env, logs and restart do their work; the second stack runs
    beside it at other addresses and ends with Ctrl-C without disturbing the first; SIGKILL of the owner takes
    everything along; down clears up and says when there was nothing."""
    shown = command("up", "--services", "alpha")
    assert "kafka: ready" in shown
    assert "alpha: ready" in shown
    assert "already up" in command("up", "--services", "alpha")
    _use(command)
    _ctrl_c(other, command, left_running)
    assert "ready" in command("status", "--check")
    _kill_the_owner(command, left_running)


def _use(command: CommandLine) -> None:
    assert "postgres" in command("status")
    assert "export KAMAI_ALPHA_ADDR=127.0.0.1:" in command("env")
    assert "alpha serves" in command("logs", "alpha", "--lines", "1")
    assert "kafka" in command("logs")
    assert "there is no log of beta" in command("logs", "beta", code=1)
    before = _pid(command, "alpha")
    assert "alpha: ready" in command("restart", "alpha")
    assert _pid(command, "alpha") != before
    assert "there is no part 'beta'" in command("restart", "beta", code=1)
    assert "2 starts" in command("task", "alpha", "count")
    assert "there is no service 'beta'" in command("task", "beta", "count", code=1)


def _pid(command: CommandLine, name: str) -> int:
    record = state.read(command.layout)
    assert record is not None
    process = next(part.process for part in record.parts if part.name == name)
    assert process is not None
    return process.pid


def _ctrl_c(other: "subprocess.Popen[str]", command: CommandLine, left_running: Callable[[Path], list[str]]) -> None:
    assert other.stdout is not None
    deadline = threading.Timer(WAIT_S, other.kill)
    deadline.start()
    assert other.stdout.readline() == "up\n"
    root = Path(psutil.Process(other.pid).environ()["KAMAI_LOCAL"])
    theirs, ours = state.read(Layout(root)), state.read(command.layout)
    assert theirs is not None
    assert ours is not None
    assert not {part.address for part in theirs.parts} & {part.address for part in ours.parts}
    running = _parts(Layout(root))
    os.kill(other.pid, signal.SIGINT)
    other.wait(timeout=WAIT_S)
    deadline.cancel()
    assert wait_gone(running, 0)
    assert left_running(root) == []


def _kill_the_owner(command: CommandLine, left_running: Callable[[Path], list[str]]) -> None:
    record = state.read(command.layout)
    assert record is not None
    owner = record.owner.find()
    assert owner is not None
    running = _parts(command.layout)
    owner.kill()
    assert wait_gone([owner, *running], WAIT_S)
    assert left_running(command.layout.root) == []
    assert "is gone" in command("status")
    assert "is gone" in command("status", "--check", code=1)
    assert "nothing was up" in command("down")
    assert "`make up`" in command("env", code=1)
    assert command("status") == "the stack is not running: `make up` starts it\n"
    command("status", "--check", code=1)


def test_up_again_after_a_kill_and_crash_report(command: CommandLine, left_running: Callable[[Path], list[str]]) -> None:
    """What a killed owner left does not keep the next `up` from working; a crash shows in `status` with the log's
    tail, and with exit code 1 if that is asked for; down ends everything in order."""
    command("up", "--services", "")
    record = state.read(command.layout)
    assert record is not None
    os.kill(_pid(command, "bank"), signal.SIGKILL)
    while "crashed" not in command.layout.state.read_text():
        assert record.owner.find() is not None
    assert "bank crashed" in command("status")
    assert "bank crashed" in command("status", "--check", code=1)
    running = _parts_alive(command.layout)
    assert command("down") == "down\n"
    assert wait_gone(running, 0)
    assert left_running(command.layout.root) == []
    assert "database system is shut down" in command.layout.log("postgres").read_text()


def _parts_alive(layout: Layout) -> list[psutil.Process]:
    record = state.read(layout)
    assert record is not None
    found = (part.process.find() for part in record.parts if part.process is not None)
    return [process for process in found if process is not None]


def test_ctrl_c_while_starting(tmp_path: Path, fakes: dict[str, str], left_running: Callable[[Path], list[str]]) -> None:
    """Interrupting `up` takes back everything that was started."""
    cli = CommandLine(Layout(tmp_path / "local"), fakes)
    words = [sys.executable, "-m", "devstack", "up", "--services", "alpha"]
    with subprocess.Popen(words, env=cli.env, stderr=subprocess.DEVNULL, start_new_session=True) as up:
        while not cli.layout.log("kafka").exists():
            assert up.poll() is None
        up.send_signal(signal.SIGINT)
        up.wait(timeout=WAIT_S)
    assert up.returncode != 0
    assert left_running(cli.layout.root) == []
    assert state.read(cli.layout) is None


def test_prerequisites_are_named(tmp_path: Path, fakes: dict[str, str]) -> None:
    """No Docker engine, no Maven, no address: one line and exit code 1, nothing half-started."""
    cli = CommandLine(Layout(tmp_path / "local"), fakes)
    cli.env |= {"KAMAI_STACK": "docker", "DOCKER_HOST": "unix:///nowhere.sock"}
    assert cli("up", code=1).strip().startswith("no Docker engine answers: start")
    cli.env |= {"KAMAI_STACK": "external"}
    assert "needs KAMAI_ADMIN_DATABASE_URL" in cli("up", code=1)
    cli.env |= {"KAMAI_STACK": "embedded", "XDG_CACHE_HOME": str(tmp_path), "PATH": str(tmp_path)}
    assert cli("up", code=1).strip().startswith("Maven is missing")
    assert "--clock noon is not a moment" in cli("up", "--clock", "noon", code=1)
    assert state.read(cli.layout) is None
