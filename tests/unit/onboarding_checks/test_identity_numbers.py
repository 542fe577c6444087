"""National and tax numbers: what the registry accepts, refuses and refuses to judge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboarding.adapters.identity_numbers import RegistryNumberChecker, self_check
from onboarding.adapters.identity_numbers.schemes import Scheme, registry
from onboarding.adapters.identity_numbers.self_check import wrong_digits
from onboarding.domain.checks import NumberDefect, NumberVerdict

CHECKER = RegistryNumberChecker()
SCHEMES = [s for kinds in registry().values() for schemes in kinds.values() for s in schemes]
COUNTRIES = sorted(registry())


def test_every_row_loads_accepts_its_example_and_refuses_a_changed_one() -> None:
    """A library update that renames a module or changes a rule is seen here."""
    assert self_check() == ()
    assert len(COUNTRIES) >= 120
    assert len(SCHEMES) >= 300


@pytest.mark.parametrize(
    ("country", "kind", "value", "normalised", "scheme"),
    [
        ("PK", "NATIONAL_ID", "34201-0891231-8", "3420108912318", "CNIC"),
        ("PK", "TAX_ID", "1234567-8", "12345678", "NTN"),
        ("PK", "TAX_ID", "34201-0891231-8", "3420108912318", "CNIC"),
        ("ae", "NATIONAL_ID", "784-1980-1234567-8", "784198012345678", "Emirates-ID"),
        ("IN", "TAX_ID", "acupa7085r", "ACUPA7085R", "PAN"),
        ("KE", "TAX_ID", "P051365947M", "P051365947M", "KRA-PIN"),
        ("NG", "BANK_ID", "22123456789", "22123456789", "BVN"),
        ("PH", "TAX_ID", "123-456-789-000", "123456789000", "TIN"),
        ("GB", "TAX_ID", "AB 12 34 56 C", "AB123456C", "NINO"),
        ("SA", "NATIONAL_ID", "1000000008", "1000000008", "National-ID-or-Iqama"),
        ("NG", "NATIONAL_ID", "１２３45678901", "12345678901", "National-ID"),
    ],
)
def test_known_numbers_are_valid_and_normalised(country: str, kind: str, value: str, normalised: str, scheme: str) -> None:
    """Separators, case and full-width digits do not matter; the scheme that accepted is named."""
    result = CHECKER.check(country, kind, value)
    assert (result.verdict, result.normalised, result.scheme) == (NumberVerdict.VALID, normalised, scheme)


def test_unknown_is_never_valid() -> None:
    """A country or kind without a rule is not checkable, whatever the value."""
    for country, kind in (("XX", "TAX_ID"), ("PK", "HEALTH_ID"), ("", ""), ("P", "TAX_ID")):
        assert CHECKER.check(country, kind, "123").verdict is NumberVerdict.NOT_CHECKABLE


def test_every_rule_that_was_tried_gives_its_reason() -> None:
    """A Pakistani tax number may be an NTN or a CNIC: both refusals are told at once."""
    result = CHECKER.check("PK", "TAX_ID", "12")
    assert {(r.scheme, r.defect) for r in result.reasons} == {
        ("CNIC", NumberDefect.LENGTH),
        ("NTN", NumberDefect.FORMAT),
    }


def test_saudi_numbers_are_checked_with_luhn() -> None:
    """Format alone would let every transcription slip pass."""
    result = CHECKER.check("SA", "NATIONAL_ID", "1000000009")
    assert [r.defect for r in result.reasons] == [NumberDefect.CHECK_DIGIT]


@pytest.mark.parametrize("value", ["", "   ", "---", "\x00", "1" * 65])
def test_useless_text_is_invalid_with_a_reason(value: str) -> None:
    """Empty, blank, control characters and overlong input never reach a rule."""
    result = CHECKER.check("PK", "NATIONAL_ID", value)
    assert result.verdict is NumberVerdict.INVALID
    assert len(result.reasons) == 1


@given(st.sampled_from(SCHEMES), st.text(max_size=80))
def test_no_text_makes_a_check_raise(scheme: Scheme, value: str) -> None:
    """Any unicode gives a verdict, and INVALID always says why."""
    result = CHECKER.check(scheme.country, scheme.kind, value)
    assert result.verdict in (NumberVerdict.VALID, NumberVerdict.INVALID)
    assert (result.verdict is NumberVerdict.INVALID) == bool(result.reasons)
    assert bool(result.normalised) == (result.verdict is NumberVerdict.VALID)


@given(st.data())
def test_a_wrong_digit_is_refused_where_the_scheme_has_a_check_digit(data: st.DataObject) -> None:
    """One changed digit in a valid number is always noticed."""
    scheme = data.draw(st.sampled_from([s for s in SCHEMES if s.strength == "check"]))
    wrong = data.draw(st.sampled_from(list(wrong_digits(scheme.example))))
    assert isinstance(scheme.test(wrong), NumberDefect)


@given(st.sampled_from(SCHEMES))
def test_a_normalised_number_checks_again_to_itself(scheme: Scheme) -> None:
    """Normalising twice changes nothing, so stored numbers compare equal."""
    once = CHECKER.check(scheme.country, scheme.kind, scheme.example)
    again = CHECKER.check(scheme.country, scheme.kind, once.normalised)
    assert again.normalised == once.normalised


@pytest.mark.parametrize(
    ("country", "kind", "value"),
    [
        ("DE", "STEUER_ID", "36574261808"),
        ("GB", "UTR", "AB123456C"),
        ("US", "ITIN", "536-90-4399"),
        ("PK", "NTN", "35202-1234567-1"),
    ],
)
def test_a_named_number_is_not_taken_for_another_of_the_country(country: str, kind: str, value: str) -> None:
    """A number given under its own name is held against that scheme alone, not against every tax number of the country."""
    assert RegistryNumberChecker().check(country, kind, value).verdict is NumberVerdict.INVALID
