"""Every state machine: each verb from each state either follows its table or is refused with the allowed verbs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from chassis.errors import IllegalState, KamaiError
from chassis.states import StateTable
from contracts.domain import acceptance, contract, invoice, milestone, session, timesheet
from contracts.domain.contract import CONTRACT, Contract, Party
from contracts.domain.events import step_of
from contracts.domain.invoice import INVOICE, Hold, Invoice, Obligation
from contracts.domain.milestone import MILESTONE
from contracts.domain.pricing import session_price
from contracts.domain.purchase_order import PURCHASE_ORDER
from contracts.domain.session import SESSION, Outcome
from contracts.domain.timesheet import TIMESHEET
from contracts.domain.work import SessionDetails, TimesheetDetails, WorkItem
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.samples import FIXED, IDS, NOW, TIME, drafted, order, usd
from unit.contracts.samples import SESSION as SESSION_TERMS

TABLES: Sequence[StateTable[Any]] = (CONTRACT, INVOICE, MILESTONE, TIMESHEET, SESSION, PURCHASE_ORDER)
Verb = Callable[[Any], tuple[Any, Any]]
LATER = NOW + timedelta(days=3)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.kind)
def test_tables_reach_every_state_and_refuse_the_rest(table: StateTable[Any]) -> None:
    """Every state but the first is reached by a move; a verb that is not listed names what is."""
    moves = table.moves()
    verbs = {verb for _, verb, _ in moves}
    sources = [source for source, _, _ in moves]
    entered = {target for _, _, target in moves}
    first = sources[0]
    for state in entered | set(sources):
        assert state in entered or state == first or table.kind == "session" or state.value == "SUBMITTED"
        for verb in verbs - set(table.verbs(state)):
            with pytest.raises(IllegalState) as refused:
                table.next(state, verb)
            assert refused.value.metadata["allowed"] == ",".join(table.verbs(state))


CONTRACT_VERBS: dict[str, Verb] = {
    "propose": lambda c: contract.propose(c, order(1000_00), "a" * 64, NOW),
    "propose_beyond_budget": lambda c: contract.propose(c, order(1), "a" * 64, NOW),
    "sign_as_client": lambda c: contract.sign_as_client(c, "Sana", "buyer", c.document_sha256, NOW),
    "sign_as_contractor": lambda c: contract.sign_as_contractor(c, "Ali", "ali", c.document_sha256, NOW),
    "decline": lambda c: contract.decline(c, NOW),
    "void": lambda c: contract.void(c, NOW),
    "expire": lambda c: contract.expire(c, NOW),
    "start": lambda c: contract.start(c, NOW),
    "end": lambda c: contract.end(c, NOW),
}
ISSUED, _ = invoice.issue(
    IDS.new("invoice"), drafted(), milestone.plan(IDS.new("work"), drafted(), 1, FIXED.milestones[0], NOW)[0], "Milestone 1",
    "2026-000001", "buyer", NOW,
)  # fmt: skip
HOLD = Hold("OVER_TOLERANCE", "too much")
INVOICE_VERBS: dict[str, Verb] = {
    "match": lambda i: invoice.match(i, None, NOW),
    "hold": lambda i: invoice.match(i, HOLD, NOW),
    "approve": lambda i: invoice.approve(i, "controller", NOW),
    "void": lambda i: invoice.void(i, NOW),
    "OPEN": lambda i: invoice.follow(i, Obligation.OPEN, usd(0), NOW),
    "SCHEDULED": lambda i: invoice.follow(i, Obligation.SCHEDULED, usd(0), NOW),
    "IN_FLIGHT": lambda i: invoice.follow(i, Obligation.IN_FLIGHT, usd(0), NOW),
    "PAID": lambda i: invoice.follow(i, Obligation.PAID, i.total, NOW),
    "SHORT_PAID": lambda i: invoice.follow(i, Obligation.SHORT_PAID, usd(1), NOW),
    "CANCELLED": lambda i: invoice.follow(i, Obligation.CANCELLED, usd(0), NOW),
}
BY_TIME, BY_SESSION = drafted(TIME), drafted(SESSION_TERMS)
WEEK = TimesheetDetails(NOW.date(), ())
BOOKED = SessionDetails("interview", NOW, 45, NOW)
WORK_VERBS: dict[str, Verb] = {
    "submit_milestone": lambda w: milestone.submit(w, drafted(), NOW),
    "request_changes": lambda w: milestone.request_changes(w, NOW),
    "submit_timesheet": lambda w: timesheet.submit_again(w, BY_TIME, TIME, WEEK, NOW),
    "return": lambda w: timesheet.send_back(w, NOW),
    "confirm": lambda w: session.confirm(w, NOW),
    "held": lambda w: session.deliver(w, BY_SESSION, SESSION_TERMS, Outcome.HELD, LATER),
    "client_no_show": lambda w: session.deliver(w, BY_SESSION, SESSION_TERMS, Outcome.CLIENT_NO_SHOW, LATER),
    "contractor_no_show": lambda w: session.deliver(w, BY_SESSION, SESSION_TERMS, Outcome.CONTRACTOR_NO_SHOW, LATER),
    "cancel_client": lambda w: session.cancel(w, SESSION_TERMS, Party.CLIENT, NOW),
    "cancel_contractor": lambda w: session.cancel(w, SESSION_TERMS, Party.CONTRACTOR, NOW),
    "accept": lambda w: acceptance.accept(w, "invoice_x", NOW),
    "reopen": lambda w: acceptance.reopen(w, drafted(), NOW),
    "paying": lambda w: acceptance.follow_payment(w, False, NOW),
    "paid": lambda w: acceptance.follow_payment(w, True, NOW),
}
OF_KIND = {
    "MILESTONE": ("submit_milestone", "request_changes"),
    "TIMESHEET": ("submit_timesheet", "return"),
    "SESSION": ("confirm", "held", "client_no_show", "contractor_no_show", "cancel_client", "cancel_contractor"),
}
COMMON = ("accept", "reopen", "paying", "paid")


def walk(start: Any, verbs: Sequence[Verb], table: StateTable[Any]) -> Any:
    """Applies verbs; a refused one changes nothing. Every step is one of the table's, and the version counts the events."""
    moves = {(source, target) for source, _, target in table.moves()}
    now = start
    for verb in verbs:
        try:
            after, events = verb(now)
        except KamaiError:
            continue
        assert after.version == now.version + len(events)
        at = now.state
        for event in events:
            step = step_of(event)
            if step is None:
                continue
            assert step[0] == at
            assert step[0] == step[1] or step in {(s.value, t.value) for s, t in moves}
            at = step[1]
        assert at == after.state
        now = after
    return now


@given(st.lists(st.sampled_from(list(CONTRACT_VERBS)), max_size=12))
def test_contracts_only_move_along_their_table(verbs: list[str]) -> None:
    """Whatever is tried in whatever order; an ACTIVE contract has both signatures, client first."""
    final: Contract = walk(drafted(), [CONTRACT_VERBS[verb] for verb in verbs], CONTRACT)
    if final.state in ("ACTIVE", "SCHEDULED", "ENDED"):
        assert [s.party for s in final.signatures] == [Party.CLIENT, Party.CONTRACTOR]


@given(st.lists(st.sampled_from(list(INVOICE_VERBS)), max_size=12))
def test_invoices_only_move_along_their_table(verbs: list[str]) -> None:
    """Payment reports in any order never reach a state that was not approved; PAID means paid in full."""
    final: Invoice = walk(ISSUED, [INVOICE_VERBS[verb] for verb in verbs], INVOICE)
    if final.state == "PAID":
        assert final.paid == final.total
    if final.state == "VOID":
        assert final.paid == usd(0)


@given(st.sampled_from(list(INVOICE_VERBS)[4:]), st.lists(st.sampled_from(list(INVOICE_VERBS)), max_size=8))
def test_a_repeated_payment_report_changes_nothing(report: str, before: list[str]) -> None:
    """The second of two equal reports has no event."""
    start = walk(invoice.match(ISSUED, None, NOW)[0], [INVOICE_VERBS[verb] for verb in before], INVOICE)
    once, _ = INVOICE_VERBS[report](start)
    assert INVOICE_VERBS[report](once) == (once, ())


@given(st.data())
def test_work_only_moves_along_its_table(data: st.DataObject) -> None:
    """Each kind of work, with the verbs it has; an invoice is named once until it is void."""
    kind, table, start = data.draw(st.sampled_from(starts()))
    names = data.draw(st.lists(st.sampled_from([*OF_KIND[kind], *COMMON]), max_size=14))
    final: WorkItem = walk(start, [WORK_VERBS[name] for name in names], table)
    assert sum(line.amount.amount_minor for line in final.price_lines) == final.amount.amount_minor
    if final.state in ("INVOICED", "PAID", "ACCEPTED", "APPROVED"):
        assert final.invoice_id or kind == "SESSION"


def starts() -> list[tuple[str, StateTable[Any], WorkItem]]:
    planned, _ = milestone.plan(IDS.new("work"), drafted(), 1, FIXED.milestones[0], NOW)
    submitted, _ = timesheet.submit_new(IDS.new("work"), BY_TIME, TIME, WEEK, NOW)
    price = session_price(SESSION_TERMS, "interview", NOW, 45, NOW)
    requested, _ = session.request(IDS.new("work"), BY_SESSION, price, BOOKED, NOW)
    return [("MILESTONE", MILESTONE, planned), ("TIMESHEET", TIMESHEET, submitted), ("SESSION", SESSION, requested)]


def test_accepted_work_cannot_be_accepted_again() -> None:
    """Also where the state stays the same: a client's no-show."""
    _, _, requested = starts()[2]
    missed = replace(session.confirm(requested, NOW)[0])
    missed, _ = session.deliver(missed, BY_SESSION, SESSION_TERMS, Outcome.CLIENT_NO_SHOW, LATER)
    charged, _ = acceptance.accept(missed, "invoice_x", NOW)
    with pytest.raises(IllegalState):
        acceptance.accept(charged, "invoice_y", NOW)
