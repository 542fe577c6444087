"""A payout run: one organisation, one funding account, one currency. Verbs return the run after them and what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.errors import FourEyes, IllegalState, PlanDrifted, Precondition

from payouts.domain.runs.states import RUNS, FundingState, RunMode, RunState

APPROVALS_LAST = timedelta(days=30)
SCREENING_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """`digest` is what approvers sign; `round` counts how often approvals became void."""

    id: UUID
    organisation_id: UUID
    funding_account_id: UUID
    currency: str
    mode: RunMode
    state: RunState
    digest: str
    net_total_minor: int
    line_count: int
    maker: str
    last_editor: str
    round: int
    approvals_required: int
    approval_expires_at: datetime | None
    value_date: date
    external_id: str
    screening_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    approver: str
    digest: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class LineSummary:
    """Lines of a run in one state, and the sum of what they send."""

    state: str
    lines: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with what others know of it: funding from the ledger, settlement from its lines."""

    run: Run
    funding: FundingState
    approvals: tuple[Approval, ...]
    settlement: tuple[LineSummary, ...]


@dataclass(frozen=True, slots=True)
class RunMoved:
    run: Run
    from_state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    run: Run
    approvals: int


@dataclass(frozen=True, slots=True)
class ScreeningRequested:
    """At most SCREENING_CHUNK contractors."""

    run: Run
    contractor_ids: tuple[UUID, ...]
    requested_at: datetime


RunEvent = RunMoved | ApprovalGiven | ScreeningRequested
Changed = tuple[Run, list[RunEvent]]


def calculated(run: Run) -> Changed:
    """A new plan with its digest."""
    return run, [RunMoved(run, "", "planned")]


def submit(run: Run, digest: str, approvals_required: int, actor: str, now: datetime) -> Changed:
    """Hands it to the approvers. Whoever hands it in counts as an editor and may not approve."""
    check_digest(run, digest)
    return _move(
        run, "submit", "submitted", now, last_editor=actor, approvals_required=approvals_required,
        approval_expires_at=now + APPROVALS_LAST,
    )  # fmt: skip


def approve(run: Run, given: Sequence[Approval], digest: str, actor: str, now: datetime) -> Changed:
    """One approval; the last one needed makes the run APPROVED. Raises FourEyes, PlanDrifted, IllegalState."""
    if run.state is not RunState.PENDING_APPROVAL:
        raise IllegalState("run", run.state.value, "approve", RUNS.verbs(run.state))
    if actor in (run.maker, run.last_editor):
        raise FourEyes("whoever planned or last edited a run cannot approve it: ask another person")
    if actor in {approval.approver for approval in given}:
        raise FourEyes("this person has approved the run already: another person is needed")
    check_digest(run, digest)
    _check_in_time(run, now)
    approvals = len(given) + 1
    counted = replace(run, version=run.version + 1, updated_at=now)
    events: list[RunEvent] = [ApprovalGiven(counted, approvals)]
    if approvals < run.approvals_required:
        return counted, events
    approved, moved = _move(counted, "approve", f"{approvals} of {run.approvals_required} approvals", now)
    return approved, [*events, *moved]


def hand_back(run: Run, verb: str, reason: str, now: datetime) -> Changed:
    """`reject` or `recall`: a draft again, approvals void."""
    return _move(run, verb, reason, now, round=run.round + 1, approval_expires_at=None)


def recall(run: Run, reason: str, actor: str, now: datetime) -> Changed:
    if actor not in (run.maker, run.last_editor):
        raise FourEyes("only whoever planned or submitted a run takes it back; others reject it")
    return hand_back(run, "recall", reason, now)


def execute(run: Run, contractor_ids: Sequence[UUID], screening_until: datetime, now: datetime) -> Changed:
    """Starts it: every payee is screened again before money leaves. Raises PlanDrifted once approvals ran out of time."""
    executing, events = _move(run, "execute", "executed", now, screening_until=screening_until)
    _check_in_time(run, now)
    for start in range(0, len(contractor_ids), SCREENING_CHUNK):
        executing = replace(executing, version=executing.version + 1)
        events.append(ScreeningRequested(executing, tuple(contractor_ids[start : start + SCREENING_CHUNK]), now))
    return executing, events


def finish(run: Run, verb: str, reason: str, now: datetime) -> Changed:
    """`cancel`, `expire` or `close`."""
    return _move(run, verb, reason, now)


def check_digest(run: Run, digest: str) -> None:
    """Raises PlanDrifted when `digest` is not that of the plan."""
    if digest != run.digest:
        raise PlanDrifted([Precondition("DIGEST_DIFFERS", run.digest, "the digest is not that of the plan: read the run again")])


def _check_in_time(run: Run, now: datetime) -> None:
    if run.approval_expires_at is not None and now >= run.approval_expires_at:
        raise PlanDrifted(
            [Precondition("APPROVAL_EXPIRED", run.digest, "approvals ran out of time: cancel the run and plan anew")]
        )


def _move(run: Run, verb: str, reason: str, now: datetime, **facts: object) -> Changed:
    target = RUNS.next(run.state, verb)
    moved = replace(run, state=target, version=run.version + 1, updated_at=now, **facts)  # type: ignore[arg-type]
    return moved, [RunMoved(moved, run.state, reason)]
