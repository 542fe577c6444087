"""Results of the format checks on identity numbers and bank accounts. Plain data, no I/O.

A check digit shows that a number was copied right, never that it belongs to the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class NumberKind(StrEnum):
    NATIONAL_ID = "NATIONAL_ID"
    TAX_ID = "TAX_ID"
    VAT_ID = "VAT_ID"
    COMPANY_ID = "COMPANY_ID"
    SOCIAL_SECURITY_ID = "SOCIAL_SECURITY_ID"
    HEALTH_ID = "HEALTH_ID"
    VOTER_ID = "VOTER_ID"
    BANK_ID = "BANK_ID"
    DRIVING_LICENCE = "DRIVING_LICENCE"


class NumberVerdict(StrEnum):
    VALID = "VALID"
    INVALID = "INVALID"
    NOT_CHECKABLE = "NOT_CHECKABLE"


class NumberDefect(StrEnum):
    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    ILLEGAL_CHARACTER = "ILLEGAL_CHARACTER"
    LENGTH = "LENGTH"
    FORMAT = "FORMAT"
    COMPONENT = "COMPONENT"
    CHECK_DIGIT = "CHECK_DIGIT"


@dataclass(frozen=True, slots=True)
class NumberReason:
    """scheme: the rule that was tried ("CNIC"); empty when the value fails before any rule."""

    defect: NumberDefect
    scheme: str
    message: str


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """normalised: upper case without separators, only when VALID, else empty. scheme: the rule that accepted it.
    check_digit: that rule has one. reasons: every rule that was tried and why it refused."""

    verdict: NumberVerdict
    country: str
    kind: str
    normalised: str = ""
    scheme: str = ""
    check_digit: bool = False
    reasons: tuple[NumberReason, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountField:
    """One field to ask for. pattern: a regular expression the value fulfils once separators are removed."""

    name: str
    label: str
    pattern: str
    example: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class AccountViolation:
    """code: REQUIRED, UNKNOWN_FIELD, FORMAT, CHECK_DIGIT, COUNTRY_MISMATCH, BANK_MISMATCH or UNSUPPORTED."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class NormalisedAccount:
    """fields: values without separators, in upper case. display: grouped for people. bank_name: empty when the
    registries do not know the bank, which says nothing about the account."""

    country: str
    currency: str
    scheme: str
    fields: Mapping[str, str]
    display: str
    bank_code: str = ""
    bank_name: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """Either an account or at least one violation, never both."""

    account: NormalisedAccount | None
    violations: tuple[AccountViolation, ...] = ()

    @property
    def valid(self) -> bool:
        return self.account is not None
