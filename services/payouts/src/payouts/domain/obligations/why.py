"""Why an obligation is not paid: everything in the way, or the day on which the money should arrive."""

from dataclasses import dataclass
from datetime import date

from chassis.money import Money

from payouts.domain.failure_codes import RULES, Actor, FailureCode
from payouts.domain.obligations.model import Attempt, Blocker, Obligation
from payouts.domain.obligations.states import AttemptState, ObligationState
from payouts.domain.runs.states import RunState

_PARTY = {
    Actor.CONTRACTOR: "CONTRACTOR", Actor.FINANCE: "FINANCE", Actor.BANK: "BANK", Actor.COMPLIANCE: "COMPLIANCE",
    Actor.OPERATIONS: "PLATFORM",
}  # fmt: skip

# Whose data a failure is about; the try's own for any other actor.
_SUBJECT = {Actor.CONTRACTOR: "contractor", Actor.FINANCE: "funding"}

# What a run in a state waits for: code, message, who acts, remedy.
_RUN_WAITS = {
    RunState.DRAFT: ("RUN_DRAFT", "its run was handed back", "FINANCE", "submit the run again, or cancel it"),
    RunState.CALCULATED: ("RUN_NOT_SUBMITTED", "its run is planned but not submitted", "FINANCE", "submit the run for approval"),
    RunState.PENDING_APPROVAL: ("RUN_NOT_APPROVED", "its run waits for approval", "FINANCE", "approve the run's digest"),
    RunState.APPROVED: ("RUN_NOT_EXECUTED", "its run is approved but not executed", "FINANCE", "execute the run"),
    RunState.APPROVAL_EXPIRED: (
        "APPROVAL_EXPIRED",
        "approvals of its run ran out of time",
        "FINANCE",
        "cancel the run, plan anew",
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """`blockers` nearest to the money last; `expected_on` only while nobody has to act."""

    paid: bool
    blockers: tuple[Blocker, ...]
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a try at the bank: the day its file was written, why the bank has not taken it ("": it has, or is to be
    asked still), and what its reports did not add up with, as (code, message)."""

    written_on: date
    not_taken: str
    exceptions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """`standing`: what is in the way of planning it now. `run_state`: of the newest try's run. `method_changed`: the payee has a
    newer payout method than the newest try used. `arrives_on`: the day money under way should arrive. `ids` as text: obligation,
    attempt, run, contractor, funding."""

    standing: tuple[Blocker, ...]
    run_state: RunState | None
    method_changed: bool
    sent: Sent | None
    arrives_on: date | None
    today: date
    ids: dict[str, str]


def explain(obligation: Obligation, latest: Attempt | None, now: Circumstances) -> Explanation:
    """`latest` is the newest try."""
    ids = now.ids
    if obligation.state is ObligationState.PAID:
        return Explanation(True, (), None)
    if obligation.state is ObligationState.CANCELLED:
        return _one("OBLIGATION_CANCELLED", "the invoice was withdrawn", "ORGANISATION", "raise a new invoice", ids["obligation"])
    if obligation.state is ObligationState.SHORT_PAID:
        return _short(obligation, latest, now)
    if obligation.state is ObligationState.OPEN or latest is None:
        return Explanation(False, (*_failed(latest, now), *now.standing, *_unplanned(ids)), None)
    if latest.state is AttemptState.HELD:
        return Explanation(False, latest.holds or _unplanned(ids), None)
    if obligation.state is ObligationState.SCHEDULED and now.run_state in _RUN_WAITS:
        return _one(*_RUN_WAITS[now.run_state], ids["run"])
    troubles = _at_bank(latest, now)
    return Explanation(False, troubles, None if troubles else now.arrives_on or latest.value_date)


def _at_bank(latest: Attempt, now: Circumstances) -> tuple[Blocker, ...]:
    """What is wrong with a try that is handed over, or about to be."""
    subject, troubles = now.ids["attempt"], []
    if now.sent is not None and now.sent.not_taken:
        said = f"the bank has not taken its file: {now.sent.not_taken}"
        troubles.append(
            Blocker("FILE_NOT_TAKEN", said, "PLATFORM", "mend the connection; the file is handed over again", subject)
        )
    if now.sent is not None:
        remedy = "ask the bank, and settle it with the bank's answer as evidence"
        troubles += [Blocker(code, text, "PLATFORM", remedy, subject) for code, text in now.sent.exceptions]
    if latest.state is AttemptState.UNKNOWN:
        said = "nobody knows whether the bank has executed it"
        remedy = "inquire at the bank; if it has no answer, two people settle it with evidence"
        troubles.append(Blocker("OUTCOME_UNKNOWN", said, "BANK", remedy, subject))
    elif now.arrives_on is not None and now.arrives_on < now.today:
        said = f"the bank should have booked it on {now.arrives_on.isoformat()}"
        troubles.append(Blocker("BOOKING_OVERDUE", said, "BANK", "inquire at the bank", subject))
    return tuple(troubles)


def _one(code: str, message: str, who_acts: str, remedy: str, subject: str) -> Explanation:
    return Explanation(False, (Blocker(code, message, who_acts, remedy, subject),), None)


def _short(obligation: Obligation, latest: Attempt | None, now: Circumstances) -> Explanation:
    rest = Money(obligation.outstanding_minor, obligation.currency)
    remedy = "ask the bank about its fees; to pay the rest, plan a run that names this obligation"
    short = Blocker("SHORT_CREDIT", f"{rest} less than was owed has arrived", "FINANCE", remedy, now.ids["attempt"])
    return Explanation(False, (short, *_failed(latest, now), *now.standing), None)


def _unplanned(ids: dict[str, str]) -> tuple[Blocker, ...]:
    return (Blocker("NOT_IN_RUN", "in no payout run yet", "FINANCE", "plan a payout run", ids["obligation"]),)


def _failed(latest: Attempt | None, now: Circumstances) -> tuple[Blocker, ...]:
    """The failure of the last try, unless what had to be mended was."""
    if latest is None or not latest.failure_code:
        return ()
    rule = RULES[FailureCode(latest.failure_code)]
    if rule.actor is Actor.CONTRACTOR and now.method_changed:
        return ()
    verb = "returned" if latest.state is AttemptState.RETURNED else "rejected"
    code = f" ({latest.bank_code})" if latest.bank_code else ""
    subject = now.ids[_SUBJECT.get(rule.actor, "attempt")]
    said = f"the last try was {verb}: {rule.meaning}{code}"
    return (Blocker(latest.failure_code, said, _PARTY[rule.actor], rule.remedy, subject),)


def party_of(actor: Actor) -> str:
    """The party of the API that a failure rule's actor is."""
    return _PARTY[actor]
