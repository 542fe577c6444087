"""A hit stops the payout: what keeps a case from approval, and what a person's decision changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.errors import FourEyes, NotFound, Precondition, PreconditionFailed, StaleEtag

from onboarding.domain.review import Risk
from onboarding.domain.screening import (
    Decision,
    EntryRef,
    Screening,
    ScreeningCase,
    ScreeningState,
    Verdict,
    candidate_etag,
    failed_case,
    open_case,
)
from onboarding.domain.screening_faults import Fault, FaultCode
from onboarding.domain.watchlist import ListVersion

_RISKS = {
    ScreeningState.CONFIRMED: Risk.SCREENING_CONFIRMED,
    ScreeningState.IN_REVIEW: Risk.SCREENING_CANDIDATES,
    ScreeningState.ERROR: Risk.SCREENING_ERROR,
}


def risk_of(case: ScreeningCase) -> frozenset[Risk]:
    risk = _RISKS.get(case.state)
    return frozenset({risk}) if risk else frozenset()


def broken_case(
    contractor_id: str, subject_fingerprint: str, before: ScreeningCase | None, lists: tuple[ListVersion, ...], now: datetime
) -> ScreeningCase:
    """A run that broke on this person: nobody is cleared by it. It counts as a look at these lists, else it would be tried again
    without end; the next list, or the next payout run, tries again."""
    return replace(
        failed_case(contractor_id, subject_fingerprint, (Fault(FaultCode.COMPARISON_FAILED),), before, now), lists=lists
    )


def new_hits(case: ScreeningCase, before: ScreeningCase | None) -> frozenset[EntryRef]:
    """Entries that wait for a decision and did not wait before: somebody has to be told of them."""
    return _undecided(case) - (_undecided(before) if before else frozenset())


def _undecided(case: ScreeningCase) -> frozenset[EntryRef]:
    return frozenset(status.candidate.entry for status in case.statuses if status.decision is None)


def require_decided(case: ScreeningCase | None) -> None:
    """Raises PreconditionFailed naming every candidate that is open or confirmed: an approval may not pass over it."""
    if case is None:
        return
    open_hits = [
        Precondition(
            "SCREENING_HIT_OPEN" if status.decision is None else "SCREENING_HIT_CONFIRMED",
            f"{status.candidate.entry.list_id}/{status.candidate.entry.uid}",
            f"{status.candidate.entry.list_id} entry {status.candidate.entry.uid} "
            + ("is undecided: decide it with DecideScreeningHit" if status.decision is None else "is confirmed: reject the case"),
        )
        for status in case.statuses
        if status.decision is None or status.decision.verdict is Verdict.TRUE_MATCH
    ]
    open_hits += [
        Precondition(
            "SCREENING_HIT_CONFIRMED",
            f"{d.entry.list_id}/{d.entry.uid}",
            f"{d.entry.list_id} entry {d.entry.uid} was confirmed and has left the list: decide it again with DecideScreeningHit",
        )
        for d in case.delisted
    ]
    if open_hits:
        raise PreconditionFailed(open_hits)


def require_other_eyes(case: ScreeningCase | None, actor: str, since: datetime) -> None:
    """Raises FourEyes when this person called a hit a false positive in the review that began at `since`: somebody else looks."""
    decisions = [status.decision for status in case.statuses if status.decision] if case else []
    if any(d.decided_by == actor and d.decided_at >= since and d.verdict is Verdict.FALSE_POSITIVE for d in decisions):
        raise FourEyes("a hit is lifted by two different people: somebody who decided none of the hits has to approve")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decides about a candidate. etag: of the candidate as it was looked at."""

    entry: EntryRef
    etag: str
    verdict: Verdict
    reason: str


def decide_hit(
    case: ScreeningCase, remembered: Sequence[Decision], ruling: Ruling, actor: str, now: datetime
) -> tuple[ScreeningCase, Decision]:
    """The case with this decision, and the decision to keep. A candidate that was decided can be decided again; a true match is
    lifted by another person than the one who confirmed it (FourEyes). Raises NotFound, StaleEtag."""
    entry, verdict = ruling.entry, ruling.verdict
    known = {status.candidate.entry: status for status in case.statuses}
    delisted = {decision.entry: decision for decision in case.delisted}
    if entry not in known and entry not in delisted:
        raise NotFound("screening candidate", f"{entry.list_id}/{entry.uid}")
    fingerprint = known[entry].candidate.entry_fingerprint if entry in known else delisted[entry].entry_fingerprint
    if ruling.etag != candidate_etag(fingerprint, case.subject_fingerprint):
        raise StaleEtag("the list entry or the contractor was changed since the candidate was read: look at it again")
    earlier = delisted.get(entry) or known[entry].decision
    if earlier and earlier.verdict is Verdict.TRUE_MATCH and verdict is Verdict.FALSE_POSITIVE and earlier.decided_by == actor:
        raise FourEyes("a confirmed hit is lifted by somebody else than who confirmed it")
    decision = Decision(case.contractor_id, entry, fingerprint, case.subject_fingerprint, verdict, actor, ruling.reason, now)
    return _again(case, (*remembered, decision)), decision


def _again(case: ScreeningCase, decisions: tuple[Decision, ...]) -> ScreeningCase:
    """The same findings under other decisions."""
    findings = Screening(case.lists, 0.0, tuple(status.candidate for status in case.statuses))
    fresh = open_case(case.contractor_id, case.subject_fingerprint, findings, decisions, case.screened_at)
    gone = {status.candidate.entry for status in case.statuses if status.gone}
    fresh = replace(fresh, statuses=tuple(replace(s, gone=s.candidate.entry in gone) for s in fresh.statuses))
    if not case.faults:
        return fresh
    return replace(
        failed_case(case.contractor_id, case.subject_fingerprint, case.faults, fresh, case.screened_at), lists=case.lists
    )
