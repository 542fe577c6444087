"""Contract terms from command line options or a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from kamai.contracts.v1 import contract_pb2 as pb

from kamai_client.cli.values import amount_in, from_json, hundredths


def terms(
    file: Path | None, title: str, currency: str, start: str, milestones: Sequence[str], by_time: tuple[str, int, str, str]
) -> pb.ContractTerms:
    """`by_time`: rate ("" for none), unit, weekly cap, budget. Raises BadParameter when no kind of contract is given."""
    agreed = from_json(file, pb.ContractTerms()) if file else pb.ContractTerms()
    agreed.MergeFrom(pb.ContractTerms(title=title, currency=currency, start_date=start))
    rate, unit, weekly_cap, budget = by_time
    if (milestones or rate) and not agreed.currency:
        raise typer.BadParameter("--currency is needed: the amounts are in it")
    if milestones:
        agreed.fixed.milestones.extend(_milestone(text, agreed.currency) for text in milestones)
    elif rate:
        if not budget:
            raise typer.BadParameter("--budget is needed with --rate: the most that may be spent")
        agreed.time.unit = unit  # type: ignore[assignment]
        agreed.time.rate.CopyFrom(amount_in(rate, agreed.currency, "--rate"))
        agreed.time.weekly_cap_hundredths = hundredths(weekly_cap, "--weekly-cap")
        agreed.time.budget.CopyFrom(amount_in(budget, agreed.currency, "--budget"))
    if agreed.WhichOneof("kind") is None:
        raise typer.BadParameter("give --milestone for a fixed contract, --rate for one by time, or --file")
    return agreed


def _milestone(text: str, currency: str) -> pb.MilestoneTerms:
    title, equals, rest = text.rpartition("=")
    amount, _, due = rest.partition("@")
    if not equals:
        raise typer.BadParameter(f"--milestone {text!r}: write it as TITLE=AMOUNT[@DUE], for example 'Design=1200.00@2026-12-15'")
    return pb.MilestoneTerms(title=title, amount=amount_in(amount, currency, "--milestone"), due_date=due)
