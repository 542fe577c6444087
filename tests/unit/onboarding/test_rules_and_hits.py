"""Rule packs and what they find, bank instructions, and decisions about hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest
from chassis.errors import FourEyes, NotFound, PreconditionFailed, StaleEtag
from onboarding.adapters.account_formats import CountryAccountFormats
from onboarding.adapters.account_formats.routes import LOCAL
from onboarding.adapters.identity_numbers import RegistryNumberChecker
from onboarding.adapters.identity_numbers.schemes import registry
from onboarding.adapters.rule_packs import RulePackLibrary
from onboarding.app.assessment import requirements_of, risks_of
from onboarding.app.ports import Checks
from onboarding.app.screening_desk import ScreeningDesk
from onboarding.domain.hits import Ruling, broken_case, decide_hit, require_decided
from onboarding.domain.payment_instruction import instruction_of
from onboarding.domain.payout_method import Account, MethodState, PayoutMethod
from onboarding.domain.profile import IdentityNumber, PersonType, Profile, same_name
from onboarding.domain.requirements import Phase, blocking
from onboarding.domain.review import Risk
from onboarding.domain.screening import (
    Agreement,
    Candidate,
    Decision,
    EntryRef,
    Screening,
    ScreeningCase,
    ScreeningState,
    Subject,
    Verdict,
    candidate_etag,
    open_case,
)
from onboarding.domain.screening_faults import Fault, FaultCode
from onboarding.domain.watchlist import EntryType, ListEntry, ListVersion, NameQuality

TODAY, NOW = date(2026, 11, 20), datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
CHECKS = Checks(RulePackLibrary(), RegistryNumberChecker(), CountryAccountFormats())
ASKED = ("PK", "IN", "AE", "PH", "NG", "BR", "US", "GB", "DE", "KE")


def _profile(country: str, person_type: PersonType, numbers: tuple[IdentityNumber, ...]) -> Profile:
    return Profile("Sample", person_type, country, birth_date="1990-01-01", address_lines=("1 Street",), identity_numbers=numbers)


@pytest.mark.parametrize(("country", "person_type"), [*product((*ASKED, "FR"), PersonType)])
def test_every_pack_can_be_met(country: str, person_type: PersonType) -> None:
    """For each country and person type some alternative of every rule is met by the registry's own sample numbers, or by a number
    that nobody can check; with nothing given, every rule has a defect."""
    library = RulePackLibrary()
    pack = library.pack(country, person_type, TODAY)
    assert pack.version
    empty = requirements_of(CHECKS, Profile("", person_type, country), False, TODAY)
    assert all(r.defects for r in empty if r.phase is not Phase.EVENTUALLY_DUE)
    aliases, known = library.aliases(country), registry().get(country, {})
    numbers = []
    for items in {items for r in pack.rules for items in r.any_of}:
        for item in items:
            schemes = known.get(aliases.get(item, item))
            if schemes:
                numbers.append(IdentityNumber(item, country, schemes[0].example))
            elif item in ("COMPANY_NUMBER", "TRADE_LICENCE", "COMPANY_ID", "PASSPORT"):
                numbers.append(IdentityNumber(item, country, "A1234567"))
    met = requirements_of(CHECKS, _profile(country, person_type, tuple(numbers)), True, TODAY)
    assert not blocking(met), [r for r in met if r.defects]


def test_named_countries_have_packs() -> None:
    """The ten countries of the first release have their own packs; every number alias is one the registry checks."""
    library = RulePackLibrary()
    assert set(ASKED) <= set(library.countries())
    for country in library.countries():
        assert set(library.aliases(country).values()) <= set(registry()[country]), country


def test_wrong_number_is_told_instead_of_missing() -> None:
    """A mistyped number gives one defect for its field, not also "missing"; a wrong number nobody asked for is told as well."""
    wrong = IdentityNumber("CNIC", "PK", "123")
    [requirement] = [
        r for r in requirements_of(CHECKS, _profile("PK", PersonType.INDIVIDUAL, (wrong,)), True, TODAY) if r.defects
    ]
    assert [(d.code, d.field) for d in requirement.defects] == [("NUMBER_INVALID", "profile.identity_numbers[0].value")]
    good, extra = IdentityNumber("CNIC", "PK", "3420108912318"), IdentityNumber("SSN", "US", "000-00-0000")
    found = requirements_of(CHECKS, _profile("PK", PersonType.INDIVIDUAL, (good, extra)), True, TODAY)
    assert [(r.code, r.defects[0].field) for r in found if r.defects] == [
        ("DECLARED_NUMBERS", "profile.identity_numbers[1].value")
    ]


def test_number_of_another_country_does_not_count() -> None:
    """A US number does not meet what Pakistan asks; a passport counts whoever issued it, but makes the case risky."""
    ssn = IdentityNumber("SSN", "US", "536904399")
    assert blocking(requirements_of(CHECKS, _profile("PK", PersonType.INDIVIDUAL, (ssn,)), True, TODAY))
    passport = _profile("AE", PersonType.INDIVIDUAL, (IdentityNumber("PASSPORT", "IN", "Z1234567"),))
    assert not blocking(requirements_of(CHECKS, passport, True, TODAY))
    assert risks_of(CHECKS, passport, []) == {Risk.IDENTITY_NOT_CHECKABLE}


def test_names_compare_by_words() -> None:
    """Case, accents, punctuation and order do not make another holder; another word does."""
    assert same_name("José da Silva", "DA SILVA, JOSE")
    assert not same_name("José da Silva", "Jose Silva")


@pytest.mark.parametrize(("country", "currency"), [*LOCAL, ("DE", "EUR"), ("PK", "PKR"), ("AE", "USD"), ("JP", "USD")])
def test_every_route_makes_an_instruction(country: str, currency: str) -> None:
    """The sample account of each route becomes an instruction with an account, and a bank code wherever the route has one."""
    fields = {f.name: f.example for f in CHECKS.accounts.requirements(country, currency)}
    if "bic" in fields:
        fields["bic"] = f"ABCD{country}22"
    checked = CHECKS.accounts.check(country, currency, fields)
    assert checked.account, checked.violations
    account = Account("Holder", checked.account.scheme, checked.account.fields)
    method = PayoutMethod(
        "method_1", "c", MethodState.VERIFIED, country, currency, 1, True, account, NOW, bic=checked.account.bic
    )
    made = instruction_of(method)
    assert made.iban or made.account_number
    assert made.iban or made.clearing_code or made.bic or account.scheme in ("MX_CLABE", "AR_CBU")


def _candidate(uid: str, fingerprint: str = "e1") -> Candidate:
    return Candidate(
        EntryRef("list", uid), fingerprint, EntryType.INDIVIDUAL, "LISTED", "q", "m", NameQuality.PRIMARY, 0.9, 0.9, (),
        Agreement.UNKNOWN, (), Agreement.UNKNOWN, (), (),
    )  # fmt: skip


def _case(*candidates: Candidate, remembered: tuple[Decision, ...] = (), subject: str = "s1") -> ScreeningCase:
    return open_case("c", subject, Screening((ListVersion("list", "v", 1),), 0.8, candidates), remembered, NOW)


def _decide(
    case: ScreeningCase, remembered: tuple[Decision, ...], uid: str, verdict: Verdict, actor: str, seen: str = "e1"
) -> tuple[ScreeningCase, Decision]:
    ruling = Ruling(EntryRef("list", uid), candidate_etag(seen, case.subject_fingerprint), verdict, "why")
    return decide_hit(case, remembered, ruling, actor, NOW)


def test_hits_are_decided_one_by_one() -> None:
    """Every open hit is named; the case is clear only when the last is a false positive; an unknown entry is not found."""
    case = _case(_candidate("1"), _candidate("2"))
    with pytest.raises(PreconditionFailed) as refused:
        require_decided(case)
    assert [p.subject for p in refused.value.preconditions] == ["list/1", "list/2"]
    with pytest.raises(NotFound):
        _decide(case, (), "3", Verdict.FALSE_POSITIVE, "a")
    case, first = _decide(case, (), "1", Verdict.FALSE_POSITIVE, "a")
    assert case.state is ScreeningState.IN_REVIEW
    case, _ = _decide(case, (first,), "2", Verdict.FALSE_POSITIVE, "a")
    assert case.state is ScreeningState.NO_HIT
    require_decided(case)


def test_false_positive_is_bound_to_both_versions() -> None:
    """It is remembered while neither the entry nor the contractor changes."""
    _, decision = _decide(_case(_candidate("1")), (), "1", Verdict.FALSE_POSITIVE, "a")
    remembered = (decision,)
    assert _case(_candidate("1"), remembered=remembered).state is ScreeningState.NO_HIT
    assert _case(_candidate("1", "e2"), remembered=remembered).state is ScreeningState.IN_REVIEW
    assert _case(_candidate("1"), remembered=remembered, subject="s2").state is ScreeningState.IN_REVIEW


def test_true_match_is_lifted_by_somebody_else() -> None:
    """Who confirmed a hit cannot lift it, another can; one that left the list stays until it is decided."""
    case, confirmed = _decide(_case(_candidate("1")), (), "1", Verdict.TRUE_MATCH, "a")
    assert case.state is ScreeningState.CONFIRMED
    with pytest.raises(PreconditionFailed):
        require_decided(case)
    with pytest.raises(FourEyes):
        _decide(case, (confirmed,), "1", Verdict.FALSE_POSITIVE, "a")
    lifted, _ = _decide(case, (confirmed,), "1", Verdict.FALSE_POSITIVE, "b")
    assert lifted.state is ScreeningState.NO_HIT
    gone = _case(remembered=(confirmed,))
    assert gone.state is ScreeningState.IN_REVIEW
    with pytest.raises(PreconditionFailed):
        require_decided(gone)
    lifted, _ = _decide(gone, (confirmed,), "1", Verdict.FALSE_POSITIVE, "b")
    assert lifted.state is ScreeningState.NO_HIT


def test_a_decision_is_about_what_was_seen() -> None:
    """An etag of another version of the entry, or of other screened data, is stale."""
    with pytest.raises(StaleEtag):
        _decide(_case(_candidate("1", "e2")), (), "1", Verdict.FALSE_POSITIVE, "a", seen="e1")
    seen = candidate_etag("e1", "s1")
    with pytest.raises(StaleEtag):
        decide_hit(
            _case(_candidate("1"), subject="s2"), (), Ruling(EntryRef("list", "1"), seen, Verdict.FALSE_POSITIVE, "why"), "a", NOW
        )


def test_an_undecided_hit_waits_though_it_disappears() -> None:
    """A later run without it does not clear it, however often; a person's decision does."""
    found = Screening((ListVersion("list", "v2", 1),), 0.8, ())
    gone = open_case("c", "s1", found, (), NOW, _case(_candidate("1")))
    gone = open_case("c", "s1", found, (), NOW, gone)
    assert (gone.state, [status.gone for status in gone.statuses]) == (ScreeningState.IN_REVIEW, [True])
    with pytest.raises(PreconditionFailed):
        require_decided(gone)
    closed, decision = _decide(gone, (), "1", Verdict.FALSE_POSITIVE, "a")
    assert (closed.state, closed.statuses[0].gone) == (ScreeningState.NO_HIT, True)
    assert not open_case("c", "s1", found, (decision,), NOW, closed).statuses


def test_error_stays_an_error() -> None:
    """Deciding the hits of a run that could not look at everything does not clear it."""
    broken = replace(_case(_candidate("1")), state=ScreeningState.ERROR, faults=(Fault(FaultCode.NO_WATCHLIST),))
    decided, _ = _decide(broken, (), "1", Verdict.FALSE_POSITIVE, "a")
    assert (decided.state, decided.faults) == (ScreeningState.ERROR, (Fault(FaultCode.NO_WATCHLIST),))


async def test_one_broken_name_holds_up_nobody() -> None:
    """A comparison that breaks gives no outcome for that person alone: an error, unless a hit was confirmed before."""

    class Breaking:
        versions = (ListVersion("list", "v", 1),)

        def replace_list(self, version: ListVersion, entries: Sequence[ListEntry]) -> None: ...

        def screen(self, subject: Subject) -> Screening:
            if subject.names == ("break",):
                raise RecursionError
            return Screening(self.versions, 0.8, ())

    desk = ScreeningDesk(Breaking())
    sound, broken = await desk.screen([Subject(("sound",)), Subject(("break",))])
    await desk.close()
    assert sound is not None
    assert broken is None
    assert broken_case("c", "s1", None, desk.versions, NOW).state is ScreeningState.ERROR
    confirmed, _ = _decide(_case(_candidate("1")), (), "1", Verdict.TRUE_MATCH, "a")
    assert broken_case("c", "s1", confirmed, desk.versions, NOW).state is ScreeningState.CONFIRMED
