"""Why an obligation is not paid: everything in the way, or the day on which the money should arrive."""

from dataclasses import dataclass
from datetime import date

from payouts.domain.failure_codes import RULES, Actor, FailureCode
from payouts.domain.obligations.model import Attempt, Blocker, Obligation
from payouts.domain.obligations.states import AttemptState, ObligationState
from payouts.domain.runs.states import RunState

_PARTY = {
    Actor.CONTRACTOR: "CONTRACTOR", Actor.CLIENT: "ORGANISATION", Actor.BANK: "BANK", Actor.COMPLIANCE: "COMPLIANCE",
    Actor.OPERATIONS: "PLATFORM",
}  # fmt: skip

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


def explain(
    obligation: Obligation, latest: Attempt | None, run_state: RunState | None, method_changed: bool, arrives_on: date | None,
    ids: dict[str, str],
) -> Explanation:  # fmt: skip
    """`latest` is the newest try, `run_state` its run's, `method_changed` whether the payee has a newer payout method than it
    used; `arrives_on` the day money under way should arrive. `ids` are the ids as text: obligation, attempt, run, contractor."""
    if obligation.state is ObligationState.PAID:
        return Explanation(True, (), None)
    if obligation.state is ObligationState.CANCELLED:
        return _one("OBLIGATION_CANCELLED", "the invoice was withdrawn", "ORGANISATION", "raise a new invoice", ids["obligation"])
    if obligation.state is ObligationState.SHORT_PAID:
        return _short(obligation, ids)
    if obligation.state is ObligationState.OPEN or latest is None:
        return Explanation(False, (*_failed(latest, method_changed, ids), *_unplanned(ids)), None)
    if latest.state is AttemptState.HELD:
        return Explanation(False, latest.holds or _unplanned(ids), None)
    if latest.state is AttemptState.UNKNOWN:
        return _one(
            "OUTCOME_UNKNOWN", "nobody knows whether the bank has executed it", "BANK",
            "inquire at the bank; if it has no answer, two people settle it with evidence", ids["attempt"],
        )  # fmt: skip
    if obligation.state is ObligationState.SCHEDULED and run_state in _RUN_WAITS:
        return _one(*_RUN_WAITS[run_state], ids["run"])
    return Explanation(False, (), arrives_on or latest.value_date)


def _one(code: str, message: str, who_acts: str, remedy: str, subject: str) -> Explanation:
    return Explanation(False, (Blocker(code, message, who_acts, remedy, subject),), None)


def _short(obligation: Obligation, ids: dict[str, str]) -> Explanation:
    return _one(
        "SHORT_CREDIT", f"the beneficiary's bank credited {obligation.outstanding_minor} minor units less than was sent",
        "FINANCE",
        "ask the bank about its fees and settle the rest with the contractor", ids["attempt"],
    )  # fmt: skip


def _unplanned(ids: dict[str, str]) -> tuple[Blocker, ...]:
    return (Blocker("NOT_IN_RUN", "in no payout run yet", "FINANCE", "plan a payout run", ids["obligation"]),)


def _failed(latest: Attempt | None, method_changed: bool, ids: dict[str, str]) -> tuple[Blocker, ...]:
    """The failure of the last try, unless what had to be mended was."""
    if latest is None:
        return ()
    if not latest.failure_code:
        return latest.holds
    rule = RULES[FailureCode(latest.failure_code)]
    if rule.actor is Actor.CONTRACTOR and method_changed:
        return latest.holds
    verb = "returned" if latest.state is AttemptState.RETURNED else "rejected"
    code = f" ({latest.bank_code})" if latest.bank_code else ""
    subject = ids["contractor"] if rule.actor is Actor.CONTRACTOR else ids["attempt"]
    return (
        Blocker(latest.failure_code, f"the last try was {verb}{code}", _PARTY[rule.actor], rule.remedy, subject),
        *latest.holds,
    )


def party_of(actor: Actor) -> str:
    """The party of the API that a failure rule's actor is."""
    return _PARTY[actor]
