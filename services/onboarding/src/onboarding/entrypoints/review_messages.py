"""Reviews, screenings and lists as protobuf messages."""

from __future__ import annotations

from kamai.onboarding.v1 import review_pb2, screening_pb2
from kamai.type.v1 import history_pb2

from onboarding.app.ports import WatchlistVersion
from onboarding.domain.review import Review
from onboarding.domain.screening import Agreement, CandidateStatus, Decision, ScreeningCase, Verdict, candidate_etag
from onboarding.domain.screening_faults import Fault
from onboarding.entrypoints.messages import party, timestamp

_SHORT = 12  # of a SHA-256 in hexadecimal: enough to tell versions of a list apart

_DECISIONS = {
    None: screening_pb2.HIT_DECISION_UNSPECIFIED,
    Verdict.FALSE_POSITIVE: screening_pb2.HIT_DECISION_FALSE_POSITIVE,
    Verdict.TRUE_MATCH: screening_pb2.HIT_DECISION_TRUE_MATCH,
}
VERDICTS = {value: verdict for verdict, value in _DECISIONS.items() if verdict}


def review(given: Review, case: ScreeningCase | None) -> review_pb2.Review:
    return review_pb2.Review(
        id=given.id, contractor_id=given.contractor_id, state=review_pb2.ReviewState.Value(f"REVIEW_STATE_{given.state}"),
        priority=given.priority, risk_reasons=[reason.value for reason in given.risk_reasons],
        screening=screening(case) if case else None, claimed_by=given.claimed_by, first_approved_by=given.first_approved_by,
        decided_by=given.decided_by, decision_reason=given.decision_reason, due_at=timestamp(given.due_at),
        create_time=timestamp(given.created_at), decide_time=timestamp(given.decided_at), etag=str(given.version),
    )  # fmt: skip


def screening(case: ScreeningCase) -> screening_pb2.Screening:
    return screening_pb2.Screening(
        contractor_id=case.contractor_id,
        result=screening_pb2.ScreeningResult.Value(f"SCREENING_RESULT_{case.state}"),
        candidates=[
            *(_candidate(status, case.subject_fingerprint) for status in case.statuses),
            *(_delisted(decision, case.subject_fingerprint) for decision in case.delisted),
        ],
        list_versions=sorted(f"{v.list_id}@{v.version[:_SHORT]}" for v in case.lists),
        screened_at=timestamp(case.screened_at),
        blockers=[_blocker(fault, case.contractor_id) for fault in case.faults],
    )


def _blocker(fault: Fault, contractor_id: str) -> history_pb2.Blocker:
    return history_pb2.Blocker(
        code=fault.code, message=fault.message, who_acts=party(fault.who_acts), remedy=fault.remedy, subject=contractor_id
    )


def _candidate(status: CandidateStatus, subject_fingerprint: str) -> screening_pb2.ScreeningCandidate:
    found, decision = status.candidate, status.decision
    tokens = [
        screening_pb2.TokenMatch(subject_token=t.queried, listed_token=t.listed, score=t.similarity, kind=t.how)
        for t in found.tokens
    ]
    return screening_pb2.ScreeningCandidate(
        list=found.entry.list_id, entry_id=found.entry.uid, listed_name=found.primary_name, score=found.name_score, tokens=tokens,
        factors=_factors(status), decision=_DECISIONS[decision.verdict if decision else None],
        decided_by=decision.decided_by if decision else "", programs=found.programs,
        etag=candidate_etag(found.entry_fingerprint, subject_fingerprint),
    )  # fmt: skip


def _delisted(decision: Decision, subject_fingerprint: str) -> screening_pb2.ScreeningCandidate:
    return screening_pb2.ScreeningCandidate(
        list=decision.entry.list_id, entry_id=decision.entry.uid, factors=["confirmed before; not found by the newest screening"],
        decision=_DECISIONS[decision.verdict], decided_by=decision.decided_by,
        etag=candidate_etag(decision.entry_fingerprint, subject_fingerprint),
    )  # fmt: skip


_WORDS = {
    Agreement.AGREES: "agrees with the list",
    Agreement.CLOSE: "comes close to the list's",
    Agreement.DIFFERS: "differs from the list's",
    Agreement.UNKNOWN: "cannot be compared",
}


def _factors(status: CandidateStatus) -> list[str]:
    found = status.candidate
    births = f" ({', '.join(found.listed_births)})" if found.listed_births else ""
    nations = f" ({', '.join(found.listed_nationalities)})" if found.listed_nationalities else ""
    factors = [
        f"listed as {found.entry_type.lower()}; matched its {found.matched_quality.lower()} name {found.matched_name}",
        f"date of birth {_WORDS[found.birth]}{births}",
        f"nationality {_WORDS[found.nationality]}{nations}",
    ]
    if status.gone:
        factors.append("not found any more by the newest screening; decide it to close it")
    if status.reopened:
        factors.append("decided before; open again because the contractor or the entry changed")
    return factors


def watchlist(given: WatchlistVersion) -> screening_pb2.Watchlist:
    return screening_pb2.Watchlist(
        list=given.list, version=given.version[:_SHORT],
        format=screening_pb2.WatchlistFormat.Value(f"WATCHLIST_FORMAT_{given.format}"), entries=given.entries,
        rejected_lines=given.rejected_lines, current=given.current, import_time=timestamp(given.imported_at),
        imported_by=given.imported_by,
    )  # fmt: skip
