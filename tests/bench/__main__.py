"""`python -m bench [--only NAME]`: measures on real Postgres and real Kafka, prints a table, writes .local/bench/latest.json."""

from __future__ import annotations

import argparse
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from chassis.logging import configure
from rich.console import Console
from rich.table import Table

from bench import calls, consuming, fairness, guards, latency, poll, relay_throughput, take_over
from bench.figures import Figure
from bench.parts import Parts, started

BENCHES: dict[str, Callable[[Parts], Awaitable[list[Figure]]]] = {
    "relay": relay_throughput.run,
    "latency": latency.run,
    "poll": poll.run,
    "calls": calls.run,
    "guards": guards.run,
    "fairness": fairness.run,
    "consumer": consuming.run,
    "take-over": take_over.run,
}
RESULT = Path(__file__).parents[2] / ".local/bench/latest.json"


async def measure(names: list[str], console: Console) -> list[Figure]:
    found: list[Figure] = []
    async with started() as parts:
        for name in names:
            with console.status(f"measuring: {name}"):
                found += await BENCHES[name](parts)
    return found


def table(figures: list[Figure]) -> Table:
    shown = Table(title="Bench", caption="ratio: against the reference, measured in the same run")
    for column in ("what", "value", "unit", "reference", "ratio", "bar", "holds"):
        shown.add_column(column, justify="left" if column in ("what", "unit") else "right")
    for figure in figures:
        cells = (figure.value, figure.unit, figure.reference, figure.ratio, figure.bar)
        holds = {True: "[green]yes", False: "[red]no", None: ""}[figure.holds]
        shown.add_row(figure.name, *("" if cell is None else str(cell) for cell in cells), holds)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=BENCHES, help="one bench instead of all")
    only = parser.parse_args().only
    configure("bench", "ERROR")
    console = Console()
    figures = uvloop.run(measure([only] if only else list(BENCHES), console))
    console.print(table(figures))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([figure.as_json() for figure in figures], indent=1) + "\n")
    console.print(f"written to {RESULT.relative_to(Path.cwd()) if RESULT.is_relative_to(Path.cwd()) else RESULT}")


if __name__ == "__main__":
    main()
