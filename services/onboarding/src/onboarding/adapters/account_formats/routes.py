"""Account schemes other than IBAN, as data: the fields to ask for and the check digits to verify."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stdnum.ar import cbu as ar_cbu
from stdnum.nz import bankaccount as nz_bankaccount

from onboarding.domain.checks import AccountField

from . import digits

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """display: template over the field names. bank: the field that names the bank, with its first `bank_length` characters (None:
    with all). verify is called when every field of `verified` has the right shape."""

    scheme: str
    fields: tuple[AccountField, ...]
    display: str
    bank: str = ""
    verified: tuple[str, ...] = ()
    verify: Callable[[Fields], bool] = lambda _fields: True
    bank_length: int | None = None


def _account(pattern: str, example: str, label: str = "Account number") -> AccountField:
    return AccountField("account_number", label, pattern, example)


def bic_field(country: str, required: bool = True) -> AccountField:
    """ISO 9362; territories may use the bank's home country, so the pattern leaves the country open."""
    pattern = r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?"
    return AccountField("bic", "BIC (SWIFT code) of the bank", pattern, f"ABCD{country}22", required)


def swift(country: str) -> Route:
    """The route for a country without IBAN or a known local scheme."""
    fields = (bic_field(country), _account(r"[A-Z0-9]{4,34}", "001234567890"))
    return Route("BIC_ACCOUNT", fields, "{bic} {account_number}", "bic")


def _at_bank(scheme: str, bank: AccountField, account: AccountField, bank_length: int | None = None) -> Route:
    """A code of the bank or branch and an account number, without check digits that both could be held to."""
    return Route(scheme, (bank, account), f"{{{bank.name}}} {{account_number}}", bank.name, bank_length=bank_length)


def _bank_and_branch(scheme: str, bank: str, branch: str, account: AccountField, examples: tuple[str, str]) -> Route:
    fields = (
        AccountField("bank_code", "Bank code", bank, examples[0]),
        AccountField("branch_code", "Branch code", branch, examples[1]),
        account,
    )
    return Route(scheme, fields, "{bank_code}-{branch_code} {account_number}", "bank_code")


def _one_number(scheme: str, field: AccountField, valid: Callable[[str], bool], bank_length: int) -> Route:
    """One number with check digits that begins with the bank's code."""
    name = field.name
    return Route(scheme, (field,), f"{{{name}}}", name, (name,), lambda f: bool(valid(f[name])), bank_length)


LOCAL: dict[tuple[str, str], Route] = {
    ("US", "USD"): Route(
        "US_ABA",
        (
            AccountField("routing_number", "ABA routing number", r"\d{9}", "021000021"),
            _account(r"[A-Z0-9]{4,17}", "000123456789"),
            AccountField("account_type", "CHECKING or SAVINGS", r"CHECKING|SAVINGS", "CHECKING"),
        ),
        "{routing_number} {account_number}",
        "routing_number",
        ("routing_number",),
        lambda f: digits.aba(f["routing_number"]),
    ),
    ("GB", "GBP"): _at_bank(
        "GB_SORT_CODE", AccountField("sort_code", "Sort code", r"\d{6}", "20-00-00"), _account(r"\d{8}", "55779911")
    ),
    ("IN", "INR"): _at_bank(
        "IN_IFSC",
        AccountField("ifsc", "IFSC", r"[A-Z]{4}0[A-Z0-9]{6}", "HDFC0000001"),
        _account(r"\d{9,18}", "50100012345678"),
        bank_length=4,
    ),
    ("AU", "AUD"): _at_bank(
        "AU_BSB", AccountField("bsb", "BSB", r"\d{6}", "062-000"), _account(r"\d{4,9}", "12345678"), bank_length=2
    ),
    ("BD", "BDT"): _at_bank(
        "BD_ROUTING",
        AccountField("routing_number", "Routing number", r"\d{9}", "060261234"),
        _account(r"\d{8,17}", "1234567890123"),
    ),
    ("ZA", "ZAR"): _at_bank(
        "ZA_BRANCH",
        AccountField("branch_code", "Universal branch code", r"\d{6}", "051001"),
        _account(r"\d{6,11}", "123456789"),
    ),
    ("PH", "PHP"): _at_bank(
        "PH_BANK_ACCOUNT",
        AccountField("bank_code", "Bank code (BRSTN or BIC)", r"\d{9}|[A-Z]{4}PH[A-Z0-9]{2}(?:[A-Z0-9]{3})?", "BOPIPHMM"),
        _account(r"\d{6,16}", "001234567890"),
    ),
    ("NG", "NGN"): Route(
        "NG_NUBAN",
        (
            AccountField("bank_code", "CBN bank code", r"\d{3}|\d{5,6}", "011"),
            _account(r"\d{10}", "0000014579", "NUBAN account number"),
        ),
        "{bank_code} {account_number}",
        "bank_code",
        ("account_number", "bank_code"),
        lambda f: digits.nuban(f["bank_code"], f["account_number"]),
    ),
    ("CA", "CAD"): Route(
        "CA_TRANSIT",
        (
            AccountField("institution_number", "Institution number", r"\d{3}", "001"),
            AccountField("transit_number", "Transit number", r"\d{5}", "00011"),
            _account(r"\d{7,12}", "1234567"),
        ),
        "{transit_number}-{institution_number} {account_number}",
        "institution_number",
    ),
    ("KE", "KES"): _bank_and_branch("KE_BANK_ACCOUNT", r"\d{2}", r"\d{3}", _account(r"\d{6,16}", "1234567890"), ("01", "100")),
    ("LK", "LKR"): _bank_and_branch("LK_BANK_ACCOUNT", r"\d{4}", r"\d{3}", _account(r"\d{6,15}", "0012345678"), ("7010", "001")),
    ("MX", "MXN"): _one_number(
        "MX_CLABE", AccountField("clabe", "CLABE", r"\d{18}", "032180000118359719"), digits.clabe, bank_length=3
    ),
    ("AR", "ARS"): _one_number(
        "AR_CBU", AccountField("cbu", "CBU", r"\d{22}", "2850590940090418135201"), ar_cbu.is_valid, bank_length=3
    ),
    ("NZ", "NZD"): _one_number(
        "NZ_ACCOUNT",
        _account(r"\d{15,16}", "01-0902-0068389-00", "Account number (bank-branch-account-suffix)"),
        nz_bankaccount.is_valid,
        bank_length=2,
    ),
}
"""(country, currency) -> the domestic route; other currencies go by IBAN or by BIC and account number."""
