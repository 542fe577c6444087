"""Payout account fields per country and currency."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboarding.adapters.account_formats import CountryAccountFormats
from onboarding.adapters.account_formats.countries import COUNTRIES
from onboarding.adapters.account_formats.iban import iban_code
from onboarding.adapters.account_formats.routes import LOCAL

FORMATS = CountryAccountFormats()
IBAN_COUNTRIES = sorted(c for c in COUNTRIES if iban_code(c) == c)
ROUTES = [*LOCAL, *((c, "ZZZ") for c in IBAN_COUNTRIES), ("SG", "SGD"), ("JP", "JPY")]


def codes(country: str, currency: str, fields: dict[str, str]) -> dict[str, str]:
    return {v.field: v.code for v in FORMATS.check(country, currency, fields).violations}


@pytest.mark.parametrize(("country", "currency"), ROUTES)
def test_the_example_of_every_requirement_is_accepted(country: str, currency: str) -> None:
    """What a form shows as an example must pass the form's own check and fit its own pattern."""
    fields = FORMATS.requirements(country, currency)
    assert FORMATS.check(country, currency, {f.name: f.example for f in fields if f.required}).violations == ()
    for field in fields:
        assert re.fullmatch(field.pattern, re.sub(r"[\s\-]", "", field.example))


@pytest.mark.parametrize(
    ("country", "currency", "scheme"),
    [
        ("PK", "PKR", "IBAN"), ("PK", "USD", "IBAN"), ("US", "USD", "US_ABA"), ("GB", "GBP", "GB_SORT_CODE"),
        ("GB", "EUR", "IBAN"), ("IN", "INR", "IN_IFSC"), ("MX", "MXN", "MX_CLABE"), ("NG", "NGN", "NG_NUBAN"),
        ("AU", "AUD", "AU_BSB"), ("PH", "PHP", "PH_BANK_ACCOUNT"), ("KE", "KES", "KE_BANK_ACCOUNT"),
        ("SG", "SGD", "BIC_ACCOUNT"), ("MA", "MAD", "BIC_ACCOUNT"), ("DZ", "DZD", "BIC_ACCOUNT"), ("IR", "IRR", "BIC_ACCOUNT"),
        ("XX", "USD", ""), ("PK", "RUPEES", ""),
    ],
)  # fmt: skip
def test_route_by_country_and_currency(country: str, currency: str, scheme: str) -> None:
    """Local scheme for the local currency, IBAN only where ISO 13616 registers one, else BIC and number."""
    assert FORMATS.scheme(country, currency) == scheme


def test_89_countries_have_an_iban() -> None:
    """The library also carries 22 formats that no registry has; they are not offered."""
    assert len(IBAN_COUNTRIES) == 89


def test_a_pakistani_iban_names_its_bank() -> None:
    """The library knows two banks there; the overlay fills the rest."""
    account = FORMATS.check("PK", "PKR", {"iban": "pk36 scbl 0000 0011 2345 6702"}).account
    assert account is not None
    assert (account.bank_name, account.bic) == ("Standard Chartered Bank (Pakistan)", "SCBLPKKX")
    assert account.fields == {"iban": "PK36SCBL0000001123456702"}
    assert account.display == "PK36 SCBL 0000 0011 2345 6702"


def test_all_violations_come_at_once() -> None:
    """Unknown field, missing field, wrong country and wrong check digit in one answer."""
    assert codes("US", "USD", {"routing_number": "021000022", "nickname": "x"}) == {
        "nickname": "UNKNOWN_FIELD",
        "account_number": "REQUIRED",
        "account_type": "REQUIRED",
        "routing_number": "CHECK_DIGIT",
    }
    assert codes("PK", "PKR", {"iban": "PK37SCBL0000001123456702", "bic": "DEUTDEFF"}) == {
        "bic": "COUNTRY_MISMATCH",
        "iban": "CHECK_DIGIT",
    }


@pytest.mark.parametrize(
    ("country", "currency", "fields", "expected"),
    [
        ("PK", "PKR", {"iban": "DE89370400440532013000"}, {"iban": "COUNTRY_MISMATCH"}),
        ("PK", "PKR", {"iban": "PK36SCBL0000001123456702", "bic": "HABBPKKA"}, {"bic": "BANK_MISMATCH"}),
        ("FR", "EUR", {"iban": "FR1420041010050500013M02607"}, {"iban": "CHECK_DIGIT"}),
        ("MX", "MXN", {"clabe": "032180000118359710"}, {"clabe": "CHECK_DIGIT"}),
        ("NG", "NGN", {"bank_code": "058", "account_number": "0000014579"}, {"account_number": "CHECK_DIGIT"}),
        ("GB", "GBP", {"sort_code": "20-00-0", "account_number": "5577991"}, {"sort_code": "FORMAT", "account_number": "FORMAT"}),
        ("IN", "INR", {"ifsc": "HDFC1000001", "account_number": "50100012345678"}, {"ifsc": "FORMAT"}),
        ("XX", "USD", {"iban": "1"}, {"country": "UNSUPPORTED"}),
    ],
)  # fmt: skip
def test_refusals(country: str, currency: str, fields: dict[str, str], expected: dict[str, str]) -> None:
    """Each defect has its own code on its own field."""
    assert codes(country, currency, fields) == expected


@given(
    st.sampled_from(ROUTES) | st.tuples(st.text(max_size=4), st.text(max_size=4)),
    st.dictionaries(
        st.sampled_from(["iban", "bic", "account_number", "routing_number", "clabe", "bank_code", "x"]),
        st.text(max_size=70),
    ),
)
def test_no_text_makes_a_check_raise(route: tuple[str, str], fields: dict[str, str]) -> None:
    """Any fields give either an account or violations, never both and never neither."""
    result = FORMATS.check(*route, fields)
    assert result.valid != bool(result.violations)


@given(st.sampled_from(IBAN_COUNTRIES), st.data())
def test_a_wrong_digit_in_an_iban_is_refused(country: str, data: st.DataObject) -> None:
    """ISO 7064 modulo 97 notices every single wrong digit."""
    iban = FORMATS.requirements(country, "ZZZ")[0].example
    at = data.draw(st.sampled_from([i for i, c in enumerate(iban) if c.isdigit()]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != iban[at]]))
    assert not FORMATS.check(country, "ZZZ", {"iban": iban[:at] + digit + iban[at + 1 :]}).valid


@pytest.mark.parametrize(
    ("route", "field"),
    [
        (("US", "USD"), "routing_number"),
        (("MX", "MXN"), "clabe"),
        (("AR", "ARS"), "cbu"),
        (("NG", "NGN"), "account_number"),
    ],
)
def test_a_wrong_digit_in_a_local_number_is_refused(route: tuple[str, str], field: str) -> None:
    """Every single wrong digit, at every place."""
    fields = {f.name: f.example for f in FORMATS.requirements(*route)}
    for at, old in enumerate(fields[field]):
        for digit in "0123456789".replace(old, ""):
            wrong = fields[field][:at] + digit + fields[field][at + 1 :]
            assert not FORMATS.check(*route, fields | {field: wrong}).valid
