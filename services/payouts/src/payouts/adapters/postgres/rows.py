"""Rows to domain objects: columns carry the names of the fields."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from payouts.app.ports import BankFile
from payouts.domain.accounts.model import Account, AccountState, Credit, CreditState
from payouts.domain.obligations.model import Attempt, Blocker, Obligation
from payouts.domain.obligations.states import AttemptState, ObligationState
from payouts.domain.runs.run import Run
from payouts.domain.runs.states import RunMode, RunState


def obligation(row: Any) -> Obligation:
    return Obligation(**{**row, "state": ObligationState(row["state"]), "work_item_ids": tuple(row["work_item_ids"])})


def attempt(row: Any, holds: tuple[Blocker, ...] = ()) -> Attempt:
    return Attempt(**{**row, "state": AttemptState(row["state"]), "holds": holds})


def run(row: Any) -> Run:
    return Run(**{**row, "state": RunState(row["state"]), "mode": RunMode(row["mode"])})


def bank_file(row: Any) -> BankFile:
    return BankFile(**row)


def account(row: Any) -> Account:
    return Account(**{**row, "state": AccountState(row["state"])})


def credit(row: Any) -> Credit:
    return Credit(**{**row, "state": CreditState(row["state"])})


def holds(rows: Iterable[Any]) -> dict[UUID, tuple[Blocker, ...]]:
    """By attempt."""
    found: dict[UUID, tuple[Blocker, ...]] = {}
    for row in rows:
        one = Blocker(row["code"], row["message"], row["who_acts"], row["remedy"], row["subject"], row["due_at"])
        found[row["attempt_id"]] = (*found.get(row["attempt_id"], ()), one)
    return found
