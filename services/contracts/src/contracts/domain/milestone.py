"""Milestones of fixed contracts."""

from __future__ import annotations

from datetime import datetime

from chassis.states import StateTable

from contracts.domain import work
from contracts.domain.contract import Contract
from contracts.domain.events import Events
from contracts.domain.pricing import Price, PriceLine
from contracts.domain.terms import MilestoneTerms
from contracts.domain.work import MilestoneDetails, WorkItem, WorkKind, WorkState

S = WorkState
# FUNDED, IN_PROGRESS, DISPUTED and SPLIT join the table together with the methods that lead there.
MILESTONE: StateTable[WorkState] = StateTable(
    "milestone",
    {
        S.PLANNED: {"submit": S.SUBMITTED, "cancel": S.CANCELLED},
        S.SUBMITTED: {"accept": S.ACCEPTED, "request_changes": S.CHANGES_REQUESTED},
        S.CHANGES_REQUESTED: {"submit": S.SUBMITTED, "cancel": S.CANCELLED},
        S.ACCEPTED: {"begin_payment": S.INVOICED, "reopen": S.SUBMITTED},
        S.INVOICED: {"settle": S.PAID},
        S.PAID: {"return_payment": S.INVOICED},
    },
)


def plan(work_id: str, contract: Contract, number: int, terms: MilestoneTerms, now: datetime) -> tuple[WorkItem, Events]:
    price = Price(terms.amount, (PriceLine(f"milestone {number}: {terms.title}", terms.amount),))
    details = MilestoneDetails(number, terms.title, terms.due_date)
    return work.new(work_id, contract, WorkKind.MILESTONE, S.PLANNED, price, details, now)


def submit(item: WorkItem, contract: Contract, now: datetime) -> tuple[WorkItem, Events]:
    return work.moved(item, MILESTONE, "submit", now, auto_accept_at=now + contract.terms.acceptance)


def request_changes(item: WorkItem, now: datetime) -> tuple[WorkItem, Events]:
    return work.moved(item, MILESTONE, "request_changes", now, auto_accept_at=None)
