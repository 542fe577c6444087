"""States, decisions and remembered false positives of a screening case."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboarding.domain.screening import (
    Agreement,
    Candidate,
    Decision,
    EntryRef,
    Screening,
    ScreeningState,
    Subject,
    Verdict,
    failed_case,
    open_case,
)
from onboarding.domain.screening_faults import Fault, FaultCode
from onboarding.domain.watchlist import EntryType, ListVersion, NameQuality

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BROKEN = (Fault(FaultCode.COMPARISON_FAILED),)
V1, V2 = ListVersion("OFAC_SDN", "one", 10), ListVersion("OFAC_SDN", "two", 10)


def candidate(uid: str, fingerprint: str = "f1") -> Candidate:
    return Candidate(
        entry=EntryRef("OFAC_SDN", uid),
        entry_fingerprint=fingerprint,
        entry_type=EntryType.INDIVIDUAL,
        primary_name="DOE, Jon",
        queried_name="Jon Doe",
        matched_name="DOE, Jon",
        matched_quality=NameQuality.PRIMARY,
        name_score=0.95,
        rank=0.95,
        tokens=(),
        birth=Agreement.UNKNOWN,
        listed_births=(),
        nationality=Agreement.UNKNOWN,
        listed_nationalities=(),
        programs=("SDGT",),
    )


def run(*candidates: Candidate, lists: tuple[ListVersion, ...] = (V1,), missing: tuple[str, ...] = ()) -> Screening:
    return Screening(lists, 0.82, candidates, missing)


def test_no_candidate_is_no_hit_and_clears() -> None:
    """The only state that clears a contractor."""
    case = open_case("c1", "s1", run(), (), NOW)
    assert (case.state, case.clears) == (ScreeningState.NO_HIT, True)


def decided(uid: str, verdict: Verdict, contractor: str = "c1", subject: str = "s1", fingerprint: str = "f1") -> Decision:
    entry = EntryRef("OFAC_SDN", uid)
    return Decision(contractor, entry, fingerprint, subject, verdict, "officer", "seen the passport", NOW)


def test_every_candidate_must_be_decided() -> None:
    """In review until the last one is a false positive."""
    found = run(candidate("1"), candidate("2"))
    one, two = decided("1", Verdict.FALSE_POSITIVE), decided("2", Verdict.FALSE_POSITIVE)
    assert open_case("c1", "s1", found, (), NOW).state is ScreeningState.IN_REVIEW
    assert open_case("c1", "s1", found, (one,), NOW).state is ScreeningState.IN_REVIEW
    assert open_case("c1", "s1", found, (one, two), NOW).state is ScreeningState.NO_HIT


def test_one_true_match_confirms_and_the_newest_decision_counts() -> None:
    """Whatever else is open; a later decision on the same entry replaces the earlier one."""
    found = run(candidate("1"), candidate("2"))
    true, lifted = decided("1", Verdict.TRUE_MATCH), decided("1", Verdict.FALSE_POSITIVE)
    case = open_case("c1", "s1", found, (true,), NOW)
    assert (case.state, case.clears) == (ScreeningState.CONFIRMED, False)
    assert open_case("c1", "s1", found, (true, lifted), NOW).state is ScreeningState.IN_REVIEW


@pytest.mark.parametrize(
    ("contractor", "subject", "entry", "state", "reopened"),
    [
        ("c1", "s1", "f1", ScreeningState.NO_HIT, False),
        ("c1", "s2", "f1", ScreeningState.IN_REVIEW, True),
        ("c1", "s1", "f2", ScreeningState.IN_REVIEW, True),
        ("c2", "s1", "f1", ScreeningState.IN_REVIEW, False),
    ],
)
def test_a_false_positive_holds_for_one_contractor_and_both_versions(
    contractor: str, subject: str, entry: str, state: ScreeningState, reopened: bool
) -> None:
    """A new list version with the same entry keeps it; a changed entry or contractor reopens it."""
    case = open_case(contractor, subject, run(candidate("1", entry), lists=(V2,)), (decided("1", Verdict.FALSE_POSITIVE),), NOW)
    assert case.state is state
    assert case.statuses[0].reopened is reopened


def test_a_confirmed_match_survives_changes_and_delisting_goes_to_a_person() -> None:
    """A corrected spelling does not lift it; an entry that disappears is reviewed, not cleared."""
    confirmed = decided("1", Verdict.TRUE_MATCH)
    assert open_case("c1", "s2", run(candidate("1", "f2")), (confirmed,), NOW).state is ScreeningState.CONFIRMED
    gone = open_case("c1", "s1", run(lists=(V2,)), (confirmed,), NOW)
    assert (gone.state, gone.delisted) == (ScreeningState.IN_REVIEW, (confirmed,))


def test_an_incomplete_run_is_an_error_never_no_hit() -> None:
    """A missing list or an unreadable name clears nobody; a confirmed match stays confirmed."""
    case = open_case("c1", "s1", run(missing=("UN",)), (), NOW)
    assert (case.state, case.faults) == (ScreeningState.ERROR, (Fault(FaultCode.WATCHLIST_MISSING, "UN"),))
    nothing = open_case("c1", "s1", run(lists=()), (), NOW)
    assert (nothing.state, nothing.faults) == (ScreeningState.ERROR, (Fault(FaultCode.NO_WATCHLIST),))
    assert failed_case("c1", "s1", BROKEN, None, NOW).state is ScreeningState.ERROR
    cleared = open_case("c1", "s1", run(), (), NOW)
    assert failed_case("c1", "s1", BROKEN, cleared, NOW).state is ScreeningState.ERROR
    confirmed = open_case("c1", "s1", run(candidate("1")), (decided("1", Verdict.TRUE_MATCH),), NOW)
    assert failed_case("c1", "s1", BROKEN, confirmed, NOW).state is ScreeningState.CONFIRMED


@given(st.lists(st.sampled_from([Verdict.FALSE_POSITIVE, Verdict.TRUE_MATCH, None]), max_size=6))
def test_state_follows_the_verdicts(verdicts: list[Verdict | None]) -> None:
    """CONFIRMED iff any true match, else IN_REVIEW iff any open, else NO_HIT."""
    decisions = tuple(decided(str(i), v) for i, v in enumerate(verdicts) if v is not None)
    case = open_case("c1", "s1", run(*(candidate(str(i)) for i in range(len(verdicts)))), decisions, NOW)
    expected = (
        ScreeningState.CONFIRMED
        if Verdict.TRUE_MATCH in verdicts
        else ScreeningState.IN_REVIEW
        if None in verdicts
        else ScreeningState.NO_HIT
    )
    assert case.state is expected


@given(st.permutations(["Ann Lee", "Анна Ли", "Ann B. Lee"]))
def test_what_is_screened_ignores_order(names: list[str]) -> None:
    """The same data in another order is the same version; another birth or name is not."""
    assert Subject(tuple(names)).canonical() == Subject(("Ann Lee", "Анна Ли", "Ann B. Lee")).canonical()
    assert Subject(tuple(names[:2])).canonical() != Subject(tuple(names)).canonical()
