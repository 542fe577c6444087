"""Screening of a contractor against official lists: what was found, what was decided, when it reopens.

States: a screening without candidates is NO_HIT; with candidates IN_REVIEW until every one is decided; one
true match makes it CONFIRMED; a run that could not look at every required list is ERROR and never counts as
NO_HIT. A false positive is remembered for (contractor, list entry, version of both) and lapses when either
the entry's content or the contractor's screened data changes.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from .screening_faults import Fault, FaultCode
from .watchlist import DateRange, EntryType, ListVersion, NameQuality


class ScreeningState(StrEnum):
    NO_HIT = "NO_HIT"
    IN_REVIEW = "IN_REVIEW"
    CONFIRMED = "CONFIRMED"
    ERROR = "ERROR"


class Verdict(StrEnum):
    FALSE_POSITIVE = "FALSE_POSITIVE"
    TRUE_MATCH = "TRUE_MATCH"


class Agreement(StrEnum):
    """How a date of birth or a nationality compares. It ranks and explains; it never drops a name hit."""

    AGREES = "AGREES"
    CLOSE = "CLOSE"
    DIFFERS = "DIFFERS"
    UNKNOWN = "UNKNOWN"


class SubjectKind(StrEnum):
    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"
    ANY = "ANY"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is screened. names: every name on file (legal, native script, former); nationalities and country:
    ISO 3166-1 alpha-2."""

    names: tuple[str, ...]
    kind: SubjectKind = SubjectKind.PERSON
    birth: DateRange | None = None
    nationalities: tuple[str, ...] = ()
    country: str = ""

    def canonical(self) -> bytes:
        """The screened data: changes when anything that could change the outcome changes."""
        parts = [self.kind.value, str(self.birth or ""), self.country]
        parts += ["n", *sorted(set(self.names)), "c", *sorted(set(self.nationalities))]
        return "\x1f".join(parts).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class TokenEvidence:
    """One line of the explanation. queried or listed is empty for a part the other side lacks.

    how: EXACT, VARIANT, NICKNAME, SOUND, CONSONANTS, INITIAL, JOINED, FUZZY, MISSING_IN_LIST, MISSING_IN_QUERY
    or IGNORED (article, particle, title). similarity: 0..1.
    """

    queried: str
    listed: str
    how: str
    similarity: float


@dataclass(frozen=True, slots=True)
class EntryRef:
    list_id: str
    uid: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed party the subject may be. name_score alone (0..1) makes the hit; rank adds birth and nationality."""

    entry: EntryRef
    entry_fingerprint: str
    entry_type: EntryType
    primary_name: str
    queried_name: str
    matched_name: str
    matched_quality: NameQuality
    name_score: float
    rank: float
    tokens: tuple[TokenEvidence, ...]
    birth: Agreement
    listed_births: tuple[str, ...]
    nationality: Agreement
    listed_nationalities: tuple[str, ...]
    programs: tuple[str, ...]


def candidate_etag(entry_fingerprint: str, subject_fingerprint: str) -> str:
    """Stands for what somebody looks at who decides: changes when the entry or the screened data changes."""
    return hashlib.sha256(f"{entry_fingerprint}\x1f{subject_fingerprint}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Screening:
    """Outcome of one run. missing_lists: required lists that were not loaded; unscreenable: names that are
    too long to be looked at whole or hold nothing to compare. Either makes the case an ERROR."""

    lists: tuple[ListVersion, ...]
    threshold: float
    candidates: tuple[Candidate, ...]
    missing_lists: tuple[str, ...] = ()
    unscreenable: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return bool(self.lists) and not self.missing_lists and not self.unscreenable


@dataclass(frozen=True, slots=True)
class Decision:
    """The record of one human decision; entry_fingerprint and subject_fingerprint say what was looked at."""

    contractor_id: str
    entry: EntryRef
    entry_fingerprint: str
    subject_fingerprint: str
    verdict: Verdict
    decided_by: str
    reason: str
    decided_at: datetime

    def still_applies(self, entry_fingerprint: str, subject_fingerprint: str) -> bool:
        return (self.entry_fingerprint, self.subject_fingerprint) == (entry_fingerprint, subject_fingerprint)


@dataclass(frozen=True, slots=True)
class CandidateStatus:
    """reopened: an earlier decision on this entry lapsed because the entry or the contractor changed. gone: the newest run does
    not find it any more; it waits for a decision all the same, for a list may be wrong or a name written another way."""

    candidate: Candidate
    decision: Decision | None = None
    reopened: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ScreeningCase:
    """What is known about one contractor. delisted: confirmed entries the newest run no longer finds."""

    contractor_id: str
    subject_fingerprint: str
    state: ScreeningState
    lists: tuple[ListVersion, ...]
    statuses: tuple[CandidateStatus, ...]
    screened_at: datetime
    faults: tuple[Fault, ...] = ()
    delisted: tuple[Decision, ...] = ()

    @property
    def clears(self) -> bool:
        """True only when capabilities may be granted as far as screening goes."""
        return self.state is ScreeningState.NO_HIT


def open_case(
    contractor_id: str,
    subject_fingerprint: str,
    screening: Screening,
    remembered: tuple[Decision, ...],
    screened_at: datetime,
    before: ScreeningCase | None = None,
) -> ScreeningCase:
    """Case after a run, the first or a repeated one. remembered: every decision ever taken for the
    contractor, oldest first; the newest one per entry counts. before: what waits for a decision in it goes on waiting."""
    latest = {d.entry: d for d in remembered if d.contractor_id == contractor_id}
    found = {c.entry for c in screening.candidates}
    statuses = tuple(_status(c, latest.get(c.entry), subject_fingerprint) for c in screening.candidates)
    waiting = [status for status in before.statuses if status.decision is None] if before else []
    statuses += tuple(replace(status, gone=True) for status in waiting if status.candidate.entry not in found)
    delisted = tuple(d for ref, d in latest.items() if d.verdict is Verdict.TRUE_MATCH and ref not in found)
    case = ScreeningCase(
        contractor_id=contractor_id,
        subject_fingerprint=subject_fingerprint,
        state=ScreeningState.ERROR,
        lists=screening.lists,
        statuses=statuses,
        screened_at=screened_at,
        faults=() if screening.complete else _why_incomplete(screening),
        delisted=delisted,
    )
    return replace(case, state=_state_of(case))


def failed_case(
    contractor_id: str, subject_fingerprint: str, faults: tuple[Fault, ...], previous: ScreeningCase | None, at: datetime
) -> ScreeningCase:
    """A run that broke. What was found before stays visible; a confirmed match stays confirmed."""
    if previous is None:
        return ScreeningCase(contractor_id, subject_fingerprint, ScreeningState.ERROR, (), (), at, faults)
    case = replace(previous, subject_fingerprint=subject_fingerprint, screened_at=at, faults=faults)
    return replace(case, state=_state_of(case))


def _status(candidate: Candidate, earlier: Decision | None, subject_fingerprint: str) -> CandidateStatus:
    if earlier is None:
        return CandidateStatus(candidate)
    if earlier.still_applies(candidate.entry_fingerprint, subject_fingerprint):
        return CandidateStatus(candidate, earlier)
    if earlier.verdict is Verdict.TRUE_MATCH:
        # A confirmed match is lifted by a person, never by a corrected spelling.
        return CandidateStatus(candidate, earlier)
    return CandidateStatus(candidate, None, reopened=True)


def _state_of(case: ScreeningCase) -> ScreeningState:
    verdicts = [s.decision.verdict if s.decision else None for s in case.statuses]
    if Verdict.TRUE_MATCH in verdicts:
        return ScreeningState.CONFIRMED
    if case.faults:
        return ScreeningState.ERROR
    if None in verdicts or case.delisted:
        return ScreeningState.IN_REVIEW
    return ScreeningState.NO_HIT


def _why_incomplete(screening: Screening) -> tuple[Fault, ...]:
    faults = [Fault(FaultCode.WATCHLIST_MISSING, name) for name in screening.missing_lists] if screening.lists else []
    if not screening.lists:
        faults.append(Fault(FaultCode.NO_WATCHLIST))
    if screening.unscreenable:
        faults.append(Fault(FaultCode.NAME_NOT_SCREENABLE, str(len(screening.unscreenable))))
    return tuple(faults)
