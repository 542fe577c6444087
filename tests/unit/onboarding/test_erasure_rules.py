"""When a contractor may be erased, and the form of the archive."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chassis.errors import IllegalState, PreconditionFailed
from hypothesis import given
from hypothesis import strategies as st
from onboarding.adapters.archive import archive
from onboarding.adapters.erasure_proofs import ProofFile
from onboarding.config import OnboardingSettings
from onboarding.domain.case_states import OVER_STATES, CaseState
from onboarding.domain.contractor import Contractor
from onboarding.domain.erasure import FIVE_YEARS, LegalHold, erase, require_erasable
from onboarding.domain.events import ContractorErased
from onboarding.domain.profile import PersonType, Profile
from pydantic import ValidationError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _contractor(state: CaseState) -> Contractor:
    given = Profile("Somebody Invented", PersonType.INDIVIDUAL, "PK", email="invented@example.com")
    return Contractor("contractor_1", "", "ref-1", state, given, (), (), 3, NOW, NOW)


@given(
    st.sampled_from(CaseState),
    st.lists(st.tuples(st.booleans(), st.one_of(st.none(), st.integers(-3, 3))), max_size=4),
    st.integers(0, 10),
    st.integers(0, 10),
)
def test_exactly_the_blockers_there_are(
    state: CaseState, holds: list[tuple[bool, int | None]], ended_days_ago: int, retention_days: int
) -> None:
    """One blocker for every hold that holds, one for a live case, one for a period that runs, and none else."""
    placed = [
        LegalHold(
            f"hold_{n}", "contractor_1", "a court", "officer", NOW, None if until is None else NOW + timedelta(days=until),
            "officer" if released else "", NOW if released else None,
        )
        for n, (released, until) in enumerate(holds)
    ]  # fmt: skip
    expected = ["LEGAL_HOLD" for released, until in holds if not released and (until is None or until > 0)]
    if state not in OVER_STATES:
        expected.append("CASE_NOT_OVER")
    elif ended_days_ago < retention_days:
        expected.append("RETENTION_RUNS")
    over_since, retention = NOW - timedelta(days=ended_days_ago), timedelta(days=retention_days)
    try:
        require_erasable(_contractor(state), placed, over_since, retention, NOW)
        found = []
    except PreconditionFailed as refused:
        found = [precondition.type for precondition in refused.preconditions]
    assert found == expected


def test_an_erased_case_names_nobody() -> None:
    """State and version stay; profile, reference and requirements are empty; it cannot be erased again."""
    erased, happened = erase(_contractor(CaseState.CLOSED), NOW)
    assert happened == [ContractorErased()]
    assert (erased.state, erased.version, erased.external_id) == (CaseState.CLOSED, 3, "")
    assert erased.profile == Profile("", PersonType.INDIVIDUAL, "PK")
    with pytest.raises(IllegalState):
        require_erasable(erased, [], None, timedelta(), NOW)


def test_five_years_are_never_less() -> None:
    """From any day of two decades the period ends no earlier than the same day five years later."""
    day = datetime(2020, 1, 1, tzinfo=UTC)
    for _ in range(20 * 365):
        later = day.replace(year=day.year + 5, day=28 if (day.month, day.day) == (2, 29) else day.day)
        assert day + FIVE_YEARS >= later
        day += timedelta(days=1)


def test_the_same_archive_twice_is_the_same_bytes() -> None:
    """Content and moment decide; the README comes first."""
    first, second = (archive("contractor_1", NOW, {"profile": {"name": "x"}}) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as bundle:
        assert bundle.namelist() == ["README.txt", "profile.json"]


def test_half_a_line_is_cut_off_before_the_next(tmp_path: Path) -> None:
    """What a crash left at the end of the file of proofs does not spoil the line behind it."""
    file = tmp_path / "proofs"
    file.write_text("whole\nhal")
    ProofFile(file, tmp_path / "jwks").append(["next", "last"])
    assert file.read_text() == "whole\nnext\nlast\n"
    assert ProofFile(tmp_path / "none", tmp_path / "jwks").read() == []


def test_settings_say_what_is_missing(tmp_path: Path) -> None:
    """Without the key of the blind index, with a file of proofs that nobody could verify, and in production without such a file,
    the settings are refused by name."""
    enough = {
        "env": "development", "database_url": "postgresql://x", "vault_directory": tmp_path, "token_keys": tmp_path / "jwks.json",
        "instruction_public_key_file": tmp_path / "public",
    }  # fmt: skip
    with pytest.raises(ValidationError, match="blind_index_key_file"):
        OnboardingSettings(**enough)  # type: ignore[arg-type]
    enough["blind_index_key_file"] = tmp_path / "blind"
    with pytest.raises(ValidationError, match=r"(?s)erasure_proofs_file.*needs KAMAI_AUDIT_JWKS_FILE"):
        OnboardingSettings(**enough, erasure_proofs_file=tmp_path / "proofs")  # type: ignore[arg-type]
    production = enough | {"env": "production", "token_issuer": "https://login.example", "database_url": "-"}
    with pytest.raises(ValidationError, match=r"(?s)erasure_proofs_file.*needed in production"):
        OnboardingSettings(**production)  # type: ignore[arg-type]
    assert OnboardingSettings(**enough).erasure_retention == timedelta()  # type: ignore[arg-type]
