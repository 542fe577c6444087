"""The end of a demo: tables for people, summary.json for programs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kamai.payouts.v1.bank_pb2 import CheckLedgerResponse
from rich.console import Console
from rich.table import Table

from kamai_client import money
from kamai_client.bank_events import BankEvent
from kamai_client.cli.banks import described
from kamai_client.demo.comparing import AccountTotal, Compared
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.stopped import Stopped

WIDE, NARROW = 150, 100
_COLOURS = {"CREDITED": "green", "SHORT_PAID": "yellow", "HELD": "yellow", "RETURNED": "magenta", "REJECTED": "red"}


@dataclass(frozen=True)
class Outcome:
    """All that a demo has to tell.

    Attributes:
        stopped: everybody who never came to a payment.
        bad_rows: what was wrong with the input before anything was done.
        refusals: what was found on the way.
    """

    payments: Sequence[Compared]
    accounts: Sequence[AccountTotal]
    ledger: CheckLedgerResponse
    events: Sequence[BankEvent]
    stopped: Sequence[Stopped]
    bad_rows: Sequence[Problem]
    refusals: Sequence[Problem]
    stages_s: dict[str, float]
    took_s: float

    @property
    def problems(self) -> list[Problem]:
        return [*self.bad_rows, *self.refusals]

    @property
    def agrees(self) -> bool:
        ledger_holds = not self.ledger.unbalanced_transactions and not self.ledger.wrong_balances
        signed = all(event.signature == "valid" for event in self.events)
        compared = [each.agrees for each in self.payments] + [each.agrees for each in self.accounts]
        return ledger_holds and signed and all(compared)

    def totals(self) -> list[dict[str, Any]]:
        """Per state and currency: count, what was owed, what was credited by our books and by the bank's."""
        sums: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for each in self.payments:
            found = sums[each.state, each.currency]
            found["count"] += 1
            found["amount_minor"] += each.amount_minor
            found["credited_minor"] += each.credited_minor
            found["bank_credited_minor"] += bank_credited_minor(each)
        return [{"state": state, "currency": currency, **found} for (state, currency), found in sorted(sums.items())]


def bank_credited_minor(each: Compared) -> int:
    """What the contractor has by the bank's records."""
    record = each.bank_record
    if record.status != "booked":
        return 0
    return record.amount_minor if record.arrived_minor is None else record.arrived_minor


def write_summary(path: Path, outcome: Outcome) -> None:
    """See docs/demo-input.md for its form."""
    summary = {
        "agrees": outcome.agrees,
        "payments": [each.as_dict() for each in outcome.payments],
        "totals": outcome.totals(),
        "funding_accounts": [asdict(each) | {"agrees": each.agrees} for each in outcome.accounts],
        "stopped": [each.as_dict() for each in outcome.stopped],
        "problems": [str(problem) for problem in outcome.problems],
        "ledger": {
            "transactions": outcome.ledger.transactions, "postings": outcome.ledger.postings,
            "unbalanced_transactions": outcome.ledger.unbalanced_transactions, "wrong_balances": outcome.ledger.wrong_balances,
        },
        "bank_events": [event.as_dict() for event in outcome.events],
        "stages_s": {name: round(seconds, 2) for name, seconds in outcome.stages_s.items()},
        "took_s": round(outcome.took_s, 2),
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)  # names and amounts of people
    path.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def count_of(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} problem{'s' * (len(problems) != 1)}"


def print_problems(console: Console, problems: Sequence[Problem], afterwards: str = "") -> None:
    """`afterwards`: goes on the heading, "" when nothing was done with the rest."""
    if problems:
        console.print(f"[bold yellow]{count_of(problems)}{afterwards}[/]")
        for problem in problems:
            console.print(f"  {problem}", markup=False, highlight=False)


def print_outcome(console: Console, outcome: Outcome) -> None:
    has_room = console.is_terminal and console.width >= WIDE
    console.print(_payments(outcome.payments, has_room, console.width >= NARROW))
    if not has_room:
        _reasons(console, outcome.payments)
    if outcome.stopped:
        console.print("[bold]stopped before a payment[/]")
        for each in outcome.stopped:
            name = f" ({each.name})" if each.name else ""
            console.print(f"  {each.contractor}{name}: {each.reason}", markup=False, highlight=False)
            console.print(f"    → {each.remedy}", markup=False, highlight=False)
    console.print(_totals(outcome))
    console.print(_accounts(outcome.accounts))
    if outcome.events:
        console.print(_events(outcome.events))
    print_problems(console, outcome.refusals, " found on the way; everything else went on")
    console.print(_last_line(outcome), highlight=False)


def _events(events: Sequence[BankEvent]) -> Table:
    """A line for each account and state it or its credits came to."""
    table = Table(title="on the partner banks' own Kafka topics", title_justify="left", title_style="bold")
    for name in ("account", "event", "to", "signature"):
        table.add_column(name, overflow="fold")
    for event in events:
        _, kind, account, sequence, _, amounts, signature = described(event)
        to = f"{event.body.get('to_state', '?')} {amounts}".strip()
        table.add_row(f"…{account[-8:]} {sequence}", kind.removesuffix("-state-changed"), to, signature)
    return table


def _payments(payments: Sequence[Compared], with_reasons: bool, with_countries: bool) -> Table:
    table = Table(title="payments: our state beside the bank's record", title_justify="left", title_style="bold")
    for name in ("contractor", *(["from"] if with_countries else []), "amount", "our state", "bank's record", "agree"):
        table.add_column(
            name, justify="right" if name == "amount" else "left", no_wrap=name not in ("contractor", "bank's record")
        )
    if with_reasons:
        table.add_column("why")
    for each in payments:
        table.add_row(
            each.name, *([each.country] if with_countries else []),
            f"{money.plain(each.amount_minor, each.currency)} {each.currency}",
            f"[{_COLOURS.get(each.state, 'white')}]{each.state}[/]", _record(each),
            "[green]yes[/]" if each.agrees else "[bold red]NO[/]",
            *([each.differs or each.reason] if with_reasons else []),
        )  # fmt: skip
    return table


def _reasons(console: Console, payments: Sequence[Compared]) -> None:
    """Below the table where it has no room for them; an ordinary credit needs no explanation."""
    console.print("[bold]why[/]")
    for each in payments:
        if each.state != "CREDITED" or each.differs or ";" in each.reason:
            amount = f"{money.plain(each.amount_minor, each.currency)} {each.currency}"
            console.print(f"  {each.name}, {amount}: {each.differs or each.reason}", markup=False, highlight=False)


def _record(each: Compared) -> str:
    record = each.bank_record
    if record.status == "none":
        return "none"
    parts = [record.status, record.reason, record.on]
    if record.returned_on:
        parts = [f"booked {record.on}, {record.status} {record.returned_on}", record.reason]
    if record.arrived_minor is not None:
        parts.append(f"{money.plain(record.arrived_minor, each.currency)} arrived")
    return " ".join(part for part in parts if part)


def _totals(outcome: Outcome) -> Table:
    table = Table(title="totals", title_justify="left", title_style="bold")
    table.add_column("state")
    for name in ("payments", "owed", "credited (ours)", "credited (bank)"):
        table.add_column(name, justify="right")
    for each in outcome.totals():
        amounts = [
            money.plain(each[name], each["currency"]) for name in ("amount_minor", "credited_minor", "bank_credited_minor")
        ]
        shown = [f"{amount} {each['currency']}" for amount in amounts]
        table.add_row(f"[{_COLOURS.get(each['state'], 'white')}]{each['state']}[/]", str(each["count"]), *shown)
    return table


def _accounts(accounts: Sequence[AccountTotal]) -> Table:
    table = Table(title="what left the funding accounts", title_justify="left", title_style="bold")
    table.add_column("organisation")
    for name in ("our ledger", "bank's balance"):
        table.add_column(name, justify="right")
    table.add_column("agree")
    for each in accounts:
        amounts = [f"{money.plain(minor, each.currency)} {each.currency}" for minor in (each.ledger_minor, each.bank_minor)]
        table.add_row(each.organisation, *amounts, "[green]yes[/]" if each.agrees else "[bold red]NO[/]")
    return table


def _last_line(outcome: Outcome) -> str:
    ledger = outcome.ledger
    checked = f"ledger: {ledger.transactions} transactions, {ledger.postings} postings"
    holds = not ledger.unbalanced_transactions and not ledger.wrong_balances
    verdict = "[bold green]everything agrees[/]" if outcome.agrees else "[bold red]something does not agree[/]"
    if outcome.problems:
        verdict += f", [bold yellow]{count_of(outcome.problems)}[/]"
    return f"{checked}, {'[green]sums to zero[/]' if holds else '[bold red]DAMAGED[/]'}. {verdict} ({outcome.took_s:.1f} s)"
