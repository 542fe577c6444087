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
    """display: template over the field names. bank: the field that names the bank. verify is called when every
    field of `verified` has the right shape."""

    scheme: str
    fields: tuple[AccountField, ...]
    display: str
    bank: str = ""
    verified: tuple[str, ...] = ()
    verify: Callable[[Fields], bool] = lambda _fields: True


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


_US = Route(
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
)
_GB = Route(
    "GB_SORT_CODE",
    (AccountField("sort_code", "Sort code", r"\d{6}", "20-00-00"), _account(r"\d{8}", "55779911")),
    "{sort_code} {account_number}",
    "sort_code",
)
_IN = Route(
    "IN_IFSC",
    (AccountField("ifsc", "IFSC", r"[A-Z]{4}0[A-Z0-9]{6}", "HDFC0000001"), _account(r"\d{9,18}", "50100012345678")),
    "{ifsc} {account_number}",
    "ifsc",
)
_MX = Route(
    "MX_CLABE",
    (AccountField("clabe", "CLABE", r"\d{18}", "032180000118359719"),),
    "{clabe}",
    "clabe",
    ("clabe",),
    lambda f: digits.clabe(f["clabe"]),
)
_NG = Route(
    "NG_NUBAN",
    (
        AccountField("bank_code", "CBN bank code", r"\d{3}|\d{5,6}", "011"),
        _account(r"\d{10}", "0000014579", "NUBAN account number"),
    ),
    "{bank_code} {account_number}",
    "bank_code",
    ("account_number", "bank_code"),
    lambda f: digits.nuban(f["bank_code"], f["account_number"]),
)
_AU = Route(
    "AU_BSB",
    (AccountField("bsb", "BSB", r"\d{6}", "062-000"), _account(r"\d{4,9}", "12345678")),
    "{bsb} {account_number}",
    "bsb",
)
_NZ = Route(
    "NZ_ACCOUNT",
    (_account(r"\d{15,16}", "01-0902-0068389-00", "Account number (bank-branch-account-suffix)"),),
    "{account_number}",
    "account_number",
    ("account_number",),
    lambda f: bool(nz_bankaccount.is_valid(f["account_number"])),
)
_AR = Route(
    "AR_CBU",
    (AccountField("cbu", "CBU", r"\d{22}", "2850590940090418135201"),),
    "{cbu}",
    "cbu",
    ("cbu",),
    lambda f: bool(ar_cbu.is_valid(f["cbu"])),
)
_CA = Route(
    "CA_TRANSIT",
    (
        AccountField("institution_number", "Institution number", r"\d{3}", "001"),
        AccountField("transit_number", "Transit number", r"\d{5}", "00011"),
        _account(r"\d{7,12}", "1234567"),
    ),
    "{transit_number}-{institution_number} {account_number}",
    "institution_number",
)
_PH = Route(
    "PH_BANK_ACCOUNT",
    (
        AccountField("bank_code", "Bank code (BRSTN or BIC)", r"\d{9}|[A-Z]{4}PH[A-Z0-9]{2}(?:[A-Z0-9]{3})?", "BOPIPHMM"),
        _account(r"\d{6,16}", "001234567890"),
    ),
    "{bank_code} {account_number}",
    "bank_code",
)


def _bank_and_branch(scheme: str, bank: str, branch: str, account: str, example: tuple[str, str, str]) -> Route:
    return Route(
        scheme,
        (
            AccountField("bank_code", "Bank code", bank, example[0]),
            AccountField("branch_code", "Branch code", branch, example[1]),
            _account(account, example[2]),
        ),
        "{bank_code}-{branch_code} {account_number}",
        "bank_code",
    )


_KE = _bank_and_branch("KE_BANK_ACCOUNT", r"\d{2}", r"\d{3}", r"\d{6,16}", ("01", "100", "1234567890"))
_LK = _bank_and_branch("LK_BANK_ACCOUNT", r"\d{4}", r"\d{3}", r"\d{6,15}", ("7010", "001", "0012345678"))
_BD = Route(
    "BD_ROUTING",
    (AccountField("routing_number", "Routing number", r"\d{9}", "060261234"), _account(r"\d{8,17}", "1234567890123")),
    "{routing_number} {account_number}",
    "routing_number",
)
_ZA = Route(
    "ZA_BRANCH",
    (AccountField("branch_code", "Universal branch code", r"\d{6}", "051001"), _account(r"\d{6,11}", "123456789")),
    "{branch_code} {account_number}",
    "branch_code",
)

LOCAL: dict[tuple[str, str], Route] = {
    ("US", "USD"): _US, ("GB", "GBP"): _GB, ("IN", "INR"): _IN, ("MX", "MXN"): _MX, ("NG", "NGN"): _NG,
    ("AU", "AUD"): _AU, ("NZ", "NZD"): _NZ, ("AR", "ARS"): _AR, ("CA", "CAD"): _CA, ("PH", "PHP"): _PH,
    ("KE", "KES"): _KE, ("LK", "LKR"): _LK, ("BD", "BDT"): _BD, ("ZA", "ZAR"): _ZA,
}  # fmt: skip
"""(country, currency) -> the domestic route; other currencies go by IBAN or by BIC and account number."""
