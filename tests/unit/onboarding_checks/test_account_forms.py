"""One account, however it was written down: which notations have a form in common, and which have none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from chassis.plain_text import letters_and_digits
from hypothesis import given
from hypothesis import strategies as st
from onboarding.adapters.account_formats import CountryAccountFormats
from onboarding.adapters.account_formats.iban import iban_code
from onboarding.adapters.account_formats.routes import LOCAL
from onboarding.domain.account_forms import forms_of_account, forms_of_text
from onboarding.domain.payout_method import Account, MethodState, PayoutMethod
from schwifty import registry

Given = tuple[str, str, dict[str, str]]
FORMATS = CountryAccountFormats()


def us(number: str, routing: str = "021000021") -> Given:
    return "US", "USD", {"routing_number": routing, "account_number": number, "account_type": "CHECKING"}


def at(country: str, currency: str, number: str, **codes: str) -> Given:
    return country, currency, codes | {"account_number": number}


def iban(value: str, country: str = "GB", currency: str = "EUR") -> Given:
    return country, currency, {"iban": value}


GB_IBAN = iban("GB29NWBK60161331926819")
SAME: list[tuple[Given, Given]] = [
    (GB_IBAN, at("GB", "GBP", "31926819", sort_code="601613")),
    (iban("GB29NWBK60161331926819", "JE", "USD"), at("GB", "GBP", "31926819", sort_code="60-16-13")),
    (GB_IBAN, ("GB", "EUR", {"iban": "gb29 nwbk 6016 1331 9268 19", "bic": "NWBKGB2L"})),
    (at("SG", "SGD", "01234", bic="DBSSSGSG"), at("SG", "SGD", "01234", bic="DBSSSGSGXXX")),
    (at("SG", "SGD", "01234", bic="dbsssgsg"), at("SG", "USD", "1234", bic="DBSSSGSG001")),
    (at("PH", "PHP", "1234567", bank_code="BOPIPHMM"), at("PH", "PHP", "1234567", bank_code="BOPIPHMMXXX")),
    (at("PH", "PHP", "1234567890", bank_code="010040018"), at("PH", "PHP", "1234567890", bank_code="BOPIPHMMXXX")),
    (at("PH", "PHP", "001234567890", bank_code="010040018"), at("PH", "USD", "1234567890", bic="BOPIPHMM")),
    (us("123456"), us("0000123456")),
    (us("123456789"), at("US", "EUR", "000123456789", bic="CHASUS33")),
    (at("IN", "INR", "50100012345678", ifsc="HDFC0000001"), at("IN", "INR", "00050100012345678", ifsc="HDFC0000002")),
    (at("AU", "AUD", "12345", bsb="062-000"), at("AU", "AUD", "000012345", bsb="062000")),
    (at("NG", "NGN", "0000014579", bank_code="011"), at("NG", "NGN", "0000014579", bank_code="000011")),
    (at("NZ", "NZD", "01-0902-0068389-00"), at("NZ", "NZD", "01-0902-0068389-000")),
    (at("NZ", "NZD", "01-0902-0068389-00"), at("NZ", "USD", "0109020068389000", bic="ANZBNZ22")),
    (("MX", "MXN", {"clabe": "032180000118359719"}), at("MX", "USD", "032180000118359719", bic="BCMRMXMM")),
]  # fmt: skip
OTHERS: list[tuple[Given, Given]] = [
    (GB_IBAN, iban("GB33BUKB20201555555555")),
    (GB_IBAN, at("GB", "GBP", "31926819", sort_code="601614")),
    (GB_IBAN, at("GB", "GBP", "31926818", sort_code="601613")),
    (at("GB", "GBP", "31926819", sort_code="601613"), at("GB", "GBP", "31926819", sort_code="200000")),
    (iban("DE89370400440532013000", "DE"), iban("GB29NWBK60161331926819")),
    (at("SG", "SGD", "01234", bic="DBSSSGSG"), at("SG", "SGD", "01234", bic="OCBCSGSG")),
    (at("SG", "SGD", "12345678", bic="DBSSSGSG"), at("JP", "JPY", "12345678", bic="BOTKJPJT")),
    (at("PH", "PHP", "1234567", bank_code="010040018"), at("PH", "PHP", "1234567", bank_code="010530667")),
    (us("123456"), us("123456", "011000015")),
    (us("123456"), us("1234560")),
    (us("123456789"), at("CA", "CAD", "123456789", institution_number="001", transit_number="00011")),
    (at("NZ", "NZD", "01-0902-0068389-00"), at("NZ", "NZD", "01-0902-0068389-01")),
]  # fmt: skip


def method(given: Given) -> PayoutMethod:
    """As it is saved, after the check of its format."""
    account = FORMATS.check(*given).account
    assert account is not None, FORMATS.check(*given).violations
    return PayoutMethod(
        "method", "contractor", MethodState.PENDING, account.country, account.currency, 1, False,
        Account("A Sample", account.scheme, account.fields), datetime.now(UTC), bic=account.bic,
    )  # fmt: skip


def forms(given: Given) -> frozenset[str]:
    return forms_of_account(method(given))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_notations_of_one_account_have_a_form_in_common(one: Given, other: Given) -> None:
    """Whatever the bank was called by and however the number was padded."""
    assert forms(one) & forms(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_two_accounts_have_none(one: Given, other: Given) -> None:
    """Another bank, number or country; a short number at another bank is another account."""
    assert not forms(one) & forms(other)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("GB29 NWBK 6016 1331 9268 19", at("GB", "GBP", "31926819", sort_code="601613")),
        ("60-16-13 31926819", GB_IBAN),
        ("dbsssgsg 1234", at("SG", "SGD", "01234", bic="DBSSSGSGXXX")),
        ("DBSSSGSGXXX 01234", at("SG", "SGD", "01234", bic="DBSSSGSG")),
        ("021000021 0000123456", us("123456")),
        ("HDFC0000001 050100012345678", at("IN", "INR", "50100012345678", ifsc="HDFC0000001")),
        ("011 0000014579", at("NG", "NGN", "0000014579", bank_code="000011")),
        ("010902 01-0902-0068389-00", at("NZ", "NZD", "01-0902-0068389-000")),
        ("01-0902-0068389-000", at("NZ", "NZD", "01-0902-0068389-00")),
        ("ANZBNZ22 01-0902-0068389-00", at("NZ", "USD", "0109020068389000", bic="ANZBNZ22")),
        ("2850590940090418135201", ("AR", "ARS", {"cbu": "2850590940090418135201"})),
        ("032180000118359719", ("MX", "MXN", {"clabe": "032180000118359719"})),
        ("PK36SCBL0000001123456702", iban("PK36SCBL0000001123456702", "PK", "PKR")),
    ],
)
def test_a_search_finds_an_account_by_any_notation(text: str, account: Given) -> None:
    """By another than it was saved in as well; of another account nothing is found."""
    assert forms_of_text(text) & forms(account)
    assert not forms_of_text(text) & forms(us("99887766", "011000015"))


@pytest.mark.parametrize("account", [each for pair in SAME + OTHERS for each in pair])
def test_a_search_finds_an_account_as_it_was_given(account: Given) -> None:
    """The code of the bank, of the branch where there is one, and the number behind it; or the one number there is."""
    fields = FORMATS.check(*account).account.fields  # type: ignore[union-attr]
    names = ["iban"] if "iban" in fields else [name for name in fields if name not in ("account_type", "transit_number")]
    written = [fields[name] for name in sorted(names, key=lambda name: name == "account_number")]
    if "transit_number" in fields:
        written = ["0", fields["institution_number"], fields["transit_number"], fields["account_number"]]
    assert forms_of_text(" ".join(written)) & forms(account)


def test_nothing_is_looked_for_when_nothing_is_left() -> None:
    """Signs alone are no account."""
    assert forms_of_text(" -/. ") == frozenset()


def test_the_domestic_number_lies_where_the_registry_says() -> None:
    """GB is the one country whose accounts have an IBAN and domestic codes; sort code and number fill the end of the IBAN."""
    assert {country for country, _ in LOCAL if iban_code(country)} == {"GB"}
    spec = registry.get_iban_spec("GB")
    assert spec.bban_spec == "4!a6!n8!n"
    [form] = forms(GB_IBAN)
    assert form == "60161331926819"


@given(st.sampled_from([each for pair in SAME for each in pair]), st.data())
def test_spacing_case_and_separators_never_matter(account: Given, data: st.DataObject) -> None:
    """Of what is saved and of what is looked for: anything between the signs, small letters, digits of full width."""

    def scattered(text: str) -> str:
        cased = [sign.lower() if data.draw(st.booleans()) else sign for sign in text.upper()]
        wide = [chr(ord(sign) + 0xFEE0) if sign.isdecimal() and data.draw(st.booleans()) else sign for sign in cased]
        return "".join(sign + data.draw(st.sampled_from(["", " ", "-", ".", "/", "\u00a0", "\t", " - "])) for sign in wide)

    country, currency, fields = account
    assert forms((country, currency, {name: scattered(value) for name, value in fields.items()})) == forms(account)
    text = "".join(fields.values())
    assert forms_of_text(scattered(text)) == forms_of_text(text)


@given(st.text(max_size=64))
def test_any_text_may_be_looked_for(text: str) -> None:
    """Never an error, and every form is compact."""
    assert all(form and letters_and_digits(form) == form for form in forms_of_text(text))
