"""Why an obligation is not paid: everything in the way, or the day on which the money should arrive."""

from dataclasses import dataclass
from datetime import date

from chassis.money import Money

from payouts.domain.failure_codes import RULES, Actor, FailureCode
from payouts.domain.obligations.blockers import NOT_WRITTEN, blocker
from payouts.domain.obligations.model import Attempt, Blocker, Obligation
from payouts.domain.obligations.states import AttemptState, ObligationState
from payouts.domain.rails.exceptions import EXCEPTIONS_ACTOR, EXCEPTIONS_REMEDY
from payouts.domain.runs.states import RunState

_PARTY = {
    Actor.CONTRACTOR: "CONTRACTOR", Actor.FINANCE: "FINANCE", Actor.BANK: "BANK", Actor.COMPLIANCE: "COMPLIANCE",
    Actor.OPERATIONS: "PLATFORM",
}  # fmt: skip

# Whose data a failure is about; the try's own for any other actor.
_SUBJECT = {Actor.CONTRACTOR: "contractor", Actor.FINANCE: "funding"}

# What a run in a state waits for.
_RUN_WAITS = {
    RunState.DRAFT: "RUN_DRAFT",
    RunState.CALCULATED: "RUN_NOT_SUBMITTED",
    RunState.PENDING_APPROVAL: "RUN_NOT_APPROVED",
    RunState.APPROVED: "RUN_NOT_EXECUTED",
    RunState.APPROVAL_EXPIRED: "APPROVAL_EXPIRED",
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
        return Explanation(False, (blocker("OBLIGATION_CANCELLED", ids["obligation"]),), None)
    if obligation.state is ObligationState.SHORT_PAID:
        return _short(obligation, latest, now)
    if obligation.state is ObligationState.OPEN or latest is None:
        return Explanation(False, (*_failed(latest, now), *_not_written(latest, now), *now.standing, *_unplanned(ids)), None)
    if latest.state is AttemptState.HELD:
        return Explanation(False, latest.holds or _unplanned(ids), None)
    if obligation.state is ObligationState.SCHEDULED and now.run_state in _RUN_WAITS:
        return Explanation(False, (blocker(_RUN_WAITS[now.run_state], ids["run"]),), None)
    troubles = _at_bank(latest, now)
    return Explanation(False, troubles, None if troubles else now.arrives_on or latest.value_date)


def _at_bank(latest: Attempt, now: Circumstances) -> tuple[Blocker, ...]:
    """What is wrong with a try that is handed over, or about to be."""
    subject, troubles = now.ids["attempt"], []
    if now.sent is not None and now.sent.not_taken:
        troubles.append(blocker("FILE_NOT_TAKEN", subject, now.sent.not_taken))
    if now.sent is not None:
        troubles += [Blocker(code, text, EXCEPTIONS_ACTOR, EXCEPTIONS_REMEDY, subject) for code, text in now.sent.exceptions]
    if latest.state is AttemptState.UNKNOWN:
        troubles.append(blocker("OUTCOME_UNKNOWN", subject))
    elif now.arrives_on is not None and now.arrives_on < now.today:
        troubles.append(blocker("BOOKING_OVERDUE", subject, now.arrives_on.isoformat()))
    return tuple(troubles)


def _short(obligation: Obligation, latest: Attempt | None, now: Circumstances) -> Explanation:
    rest = Money(obligation.outstanding_minor, obligation.currency)
    short = blocker("SHORT_CREDIT", now.ids["attempt"], str(rest))
    return Explanation(False, (short, *_failed(latest, now), *now.standing), None)


def _unplanned(ids: dict[str, str]) -> tuple[Blocker, ...]:
    return (blocker("NOT_IN_RUN", ids["obligation"]),)


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


def _not_written(latest: Attempt | None, now: Circumstances) -> tuple[Blocker, ...]:
    """Why the last try came into no bank file: with the same bank details the next one would not either."""
    if latest is None or latest.state is not AttemptState.CANCELLED or now.method_changed:
        return ()
    return tuple(hold for hold in latest.holds if hold.code in NOT_WRITTEN)


def party_of(actor: Actor) -> str:
    """The party of the API that a failure rule's actor is."""
    return _PARTY[actor]
