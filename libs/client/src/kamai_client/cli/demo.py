"""`kamai demo`: the main job on real parts."""

from __future__ import annotations

import asyncio
import importlib.util
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from kamai_client.cli.failures import OUT_OF_REACH, REFUSED, USAGE
from kamai_client.cli.session import console
from kamai_client.client import SERVICES
from kamai_client.errors import KamaiClientError
from kamai_client.target import Target, TargetError, stale, state_directory

INTERRUPTED = 130
_NEEDS = ("httpx", "aiokafka", "protovalidate")


def demo(
    input_: Annotated[
        Path | None,
        typer.Option(
            "--input", "-i", file_okay=False, metavar="FOLDER", help="folder of input files; by default deploy/local/demo"
        ),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="leave the stack running that the demo starts")] = False,
    check: Annotated[bool, typer.Option("--check", help="only read and check the input")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON instead of tables")] = False,
) -> None:
    """Pay contractors end to end on real parts, and compare with the bank's own records.

    Starts a stack when none is up. The form of the input is described in docs/demo-input.md. Writes .local/demo/summary.json.
    Exit codes: 0 all rows are good and everything agrees with the bank, 1 rows were left out, something differs or the demo
    could not go on, 2 the input cannot be used, 3 a service or the bank is out of reach.
    """
    missing = [name for name in _NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise typer.BadParameter(f"the demo needs {', '.join(missing)}: pip install 'kamai-client[demo]'")
    err = console(stderr=True)
    with _told(err):
        _demo(input_ or _sample(), keep, check, as_json, err)


def _sample() -> Path:
    found = state_directory().parent / "deploy" / "local" / "demo"
    here = Path.cwd()
    candidates = (found, *(each / "deploy" / "local" / "demo" for each in (here, *here.parents)))
    for each in candidates:
        if (each / "contractors.csv").is_file():
            return each
    raise typer.BadParameter("there is no deploy/local/demo here: give --input FOLDER")


def _demo(folder: Path, keep: bool, check: bool, as_json: bool, err: Console) -> None:
    from kamai_client.demo import report
    from kamai_client.demo.inputs import batch

    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is not a folder")
    began = time.monotonic()
    given = batch.read(folder)
    if check and given.usable:
        given, told = _asked(given)
    goes_on = given.usable and not check
    report.print_problems(err, given.problems, "; everything else goes on" if goes_on else "")
    if not given.usable:
        err.print("[bold red]nothing can be paid with this input[/]: mend it and try again")
        raise typer.Exit(USAGE)
    if check:
        err.print(f"{given.rows} good rows, {report.count_of(given.problems)}")
        err.print(told, style="dim", highlight=False)
        raise typer.Exit(REFUSED if given.problems else 0)
    with _stack(keep, err) as target:
        outcome = asyncio.run(_flow(given, target, err, began))
        if keep:
            err.print("the stack runs on: `make status` shows it, `make down` ends it", style="dim", highlight=False)
    summary = state_directory() / "demo" / "summary.json"
    report.write_summary(summary, outcome)
    if as_json:
        print(summary.read_text(encoding="utf-8"), end="")
    else:
        report.print_outcome(console(stderr=False), outcome)
        err.print(f"written to {summary}", style="dim", highlight=False)
    if outcome.problems or not outcome.agrees:
        raise typer.Exit(REFUSED)


def _asked(given: Any) -> tuple[Any, str]:
    """With what the services of a stack that is up find in the accounts, and what was not looked at."""
    from kamai_client.demo import asking, stack

    target = stack.running()
    if target is None:
        return given, "check digits, budgets and, as no stack is up, the fields of accounts are checked when the demo runs"
    found = given.with_problems(asyncio.run(asking.faults(given, target)))
    return found, "check digits and budgets are checked when the demo runs"


async def _flow(given: Any, target: Target, err: Console, began: float) -> Any:
    from kamai_client.demo import flow

    return await flow.run(given, target, err, began)


@contextmanager
def _stack(keep: bool, err: Console) -> Iterator[Target]:
    """The stack that is up, or one that is started now; a termination request ends it like Ctrl-C."""
    from kamai_client.demo import progress, stack

    found = stack.running()
    if found is not None:
        yield found
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with progress.Stages(err) as stages:
        stage = stages.stage("start the stack", len(stack.PARTS))
        ready: set[str] = set()

        def tell(part: str, is_ready: bool) -> None:
            if is_ready:
                ready.add(part)
            stage.reach(len(ready), part)

        with stage:
            opened = stack.started(keep, tell)
            target = opened.__enter__()
    try:
        yield target
    finally:
        opened.__exit__(*sys.exc_info())


@contextmanager
def _told(err: Console) -> Iterator[None]:
    """Faults in words, with an exit code."""
    from kamai_client.bank_events import NoTopic
    from kamai_client.demo.bank_control import BankControlError, BankOutOfReach
    from kamai_client.demo.stack import where_the_logs_are
    from kamai_client.demo.waiting import DemoError, WaitedInVain

    known = (DemoError, BankControlError, TargetError, KamaiClientError, NoTopic)
    try:
        yield
    except KeyboardInterrupt:
        err.print("stopped")
        raise typer.Exit(INTERRUPTED) from None
    except (*known, ExceptionGroup) as error:
        first: Exception = error
        while isinstance(first, ExceptionGroup):
            first = first.exceptions[0]
        if not isinstance(first, known):
            raise
        err.print("[bold red]the demo cannot go on:[/]", end=" ")
        err.print(str(first), markup=False, highlight=False)
        if isinstance(first, WaitedInVain):
            err.print(f"→ the logs of the services may say why: {where_the_logs_are()}", style="yellow", highlight=False)
        unreachable = isinstance(first, BankOutOfReach | TargetError)
        if isinstance(first, KamaiClientError):
            unreachable = first.reason == "UNAVAILABLE"
            advice = next(filter(None, map(stale, SERVICES)), "") if unreachable else ""
            if advice:
                err.print(f"→ {advice}", style="yellow", markup=False, highlight=False)
        raise typer.Exit(OUT_OF_REACH if unreachable else REFUSED) from None
