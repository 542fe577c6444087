"""``kamai-stack``: the development stack from the command line."""

import itertools
import os
import shlex
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from devstack import background, control, state, view
from devstack.errors import AlreadyUpError, StackError
from devstack.layout import Layout
from devstack.options import SERVICES, Options
from devstack.part import PartState
from devstack.process import TAIL_LINES

NOT_RUNNING = "the stack is not running: `make up` starts it"
RESTART_WAIT_S = 180.0
FOLLOW_S = 0.2

app = typer.Typer(no_args_is_help=True, help="PostgreSQL, Kafka, the services and a counterparty bank on this machine.")
out = Console()
err = Console(stderr=True)


@app.command()
def up(
    services: Annotated[str, typer.Option(help="services to run, with commas; empty for none")] = ",".join(SERVICES),
    clock: Annotated[str | None, typer.Option(help="the bank's time at its first start, as 2026-09-25T14:30")] = None,
) -> None:
    """Start the stack in the background and wait until it serves."""
    layout = Layout.default()
    options = Options(services=[name for name in services.split(",") if name], clock=clock)
    try:
        with view.StartView(err) as progress:
            background.up(layout, options, progress.show)
    except AlreadyUpError as already:
        typer.echo(f"{already}: `make status` shows it")
        return
    typer.echo('up: `make status` shows the addresses, `eval "$(.venv/bin/kamai-stack env)"` sets them in a shell')


@app.command()
def down() -> None:
    """Stop everything; the data stays."""
    with err.status("stopping"):
        stopped = background.down(Layout.default())
    out.print("down" if stopped else "nothing was up")


@app.command()
def status(
    check: Annotated[bool, typer.Option("--check", help="exit code 1 when not all parts are ready")] = False,
) -> None:
    """Show the parts; whatever there is to tell is no failure, unless --check asks."""
    record = state.read(Layout.default())
    is_ready = _tell(record)
    if check and not is_ready:
        raise typer.Exit(1)


def _tell(record: state.StackRecord | None) -> bool:
    """Says how the stack is; True when all of it is ready."""
    if record is None:
        out.print(NOT_RUNNING)
        return False
    out.print(view.status_table(record))
    if record.owner.find() is None:
        out.print("the process that ran this stack is gone: `make down` clears up")
        return False
    crashed = [part.name for part in record.parts if part.state == PartState.CRASHED]
    for name in crashed:
        err.print(f"{name} crashed; last lines of {Layout.default().log(name)}:", style="red", highlight=False)
        err.print("\n".join(_tail(Layout.default().log(name), TAIL_LINES)), markup=False, highlight=False)
    return all(part.state == PartState.READY for part in record.parts)


@app.command()
def logs(
    part: Annotated[str | None, typer.Argument(help="one part; all without it")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on until Ctrl-C")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="how many of the last lines")] = TAIL_LINES,
) -> None:
    """Print what the parts wrote."""
    layout = Layout.default()
    known = sorted(layout.logs.glob("*.log"))
    chosen = [file for file in known if part is None or file.stem == part]
    if not known:
        raise StackError("nothing was started here yet, so there are no logs: `make up` starts the stack")
    if not chosen:
        names = ", ".join(file.stem for file in known)
        raise StackError(f"there is no log of {part}: logs are {names}")
    width = max(len(file.stem) for file in chosen) if part is None else 0
    ends = {file: file.stat().st_size for file in chosen}
    for file in chosen:
        for line in _tail(file, lines):
            _print_line(file, line, width)
    if follow:
        for file, line in _follow(ends):
            _print_line(file, line, width)


@app.command()
def env() -> None:
    """Print the addresses for a shell: eval "$(kamai-stack env)"."""
    for name, value in _record().env.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def restart(part: Annotated[str, typer.Argument(help="postgres, kafka, bank or a service")]) -> None:
    """Stop and start one part, at the same address and with the same data."""
    _record()
    with err.status(f"restarting {part}"):
        control.ask(Layout.default().root, {"restart": part}, timeout_s=RESTART_WAIT_S)
    out.print(f"{part}: ready")


@app.command()
def task(service: str, name: Annotated[str, typer.Argument(help="for example rotate-keys; docs/security.md has them")]) -> None:
    """Run `python -m SERVICE NAME` with the settings that the service has here."""
    settings = _record().settings
    if service not in settings:
        raise StackError(f"there is no service {service!r} here: give one of {', '.join(settings)}")
    done = subprocess.run([sys.executable, "-m", service, name], env={**os.environ, **settings[service]}, check=False)
    raise typer.Exit(done.returncode)


def _record() -> state.StackRecord:
    record = state.read(Layout.default())
    if record is None:
        raise StackError(NOT_RUNNING)
    return record


def _tail(file: Path, lines: int) -> list[str]:
    with file.open(errors="replace") as source:
        return [line.rstrip("\n") for line in deque(source, maxlen=lines)]


def _print_line(file: Path, line: str, width: int) -> None:
    typer.echo(f"{file.stem:<{width}} | {line}" if width else line)


def _follow(ends: dict[Path, int]) -> Iterator[tuple[Path, str]]:
    """Lines as they are written, from where each file ended; a file that was begun anew is read from its start."""
    for _ in itertools.count():
        for file, seen in list(ends.items()):
            size = file.stat().st_size if file.exists() else 0
            start = seen if size >= seen else 0
            if size == start:
                continue
            with file.open("rb") as source:
                source.seek(start)
                whole, newline, _rest = source.read(size - start).rpartition(b"\n")
            ends[file] = start + len(whole) + len(newline)
            for line in whole.decode(errors="replace").splitlines():
                yield file, line
        time.sleep(FOLLOW_S)


def main() -> None:
    """Entry point; a StackError is one clear text and exit code 1."""
    try:
        app(prog_name="kamai-stack", standalone_mode=True)
    except StackError as error:
        err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(0) from None
