"""Why a payment failed, in one vocabulary for every rail.

Each rail's code maps onto a canonical one, which says who has to act and whether trying again makes
sense. A code that no table knows becomes DECLINED and is marked as not recognised; the rail's own code
is kept either way. Sources: ISO 20022 external code sets (status, return and cancellation reasons),
Nacha Operating Rules return codes R01 to R85.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FailureCode(StrEnum):
    ACCOUNT_NOT_FOUND = "ACCOUNT_NOT_FOUND"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ACCOUNT_BLOCKED = "ACCOUNT_BLOCKED"
    ACCOUNT_LIMIT = "ACCOUNT_LIMIT"
    BANK_CODE_INVALID = "BANK_CODE_INVALID"
    NAME_MISMATCH = "NAME_MISMATCH"
    ADDRESS_OR_TAX_ID = "ADDRESS_OR_TAX_ID"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    PURPOSE_REJECTED = "PURPOSE_REJECTED"
    FUNDING_ACCOUNT_REFUSED = "FUNDING_ACCOUNT_REFUSED"
    DEBTOR_DETAILS = "DEBTOR_DETAILS"
    DEBTOR_LIMIT = "DEBTOR_LIMIT"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    DECLINED = "DECLINED"
    TIMEOUT = "TIMEOUT"
    DUPLICATE = "DUPLICATE"
    COMPLIANCE = "COMPLIANCE"
    APPROVAL = "APPROVAL"
    RECALLED = "RECALLED"
    FILE_INVALID = "FILE_INVALID"


class Actor(StrEnum):
    """Who has to act before money can move."""

    CONTRACTOR = "CONTRACTOR"
    FINANCE = "FINANCE"
    BANK = "BANK"
    COMPLIANCE = "COMPLIANCE"
    OPERATIONS = "OPERATIONS"


class Retry(StrEnum):
    """Whether another attempt on the same obligation makes sense."""

    SAME_DETAILS = "SAME_DETAILS"
    """The same details may well pass later."""
    AFTER_FIX = "AFTER_FIX"
    """Only once whoever acts has changed or cleared something."""
    AFTER_INQUIRY = "AFTER_INQUIRY"
    """Not before the bank has said that the first attempt did not execute."""
    NEVER = "NEVER"


@dataclass(frozen=True, slots=True)
class FailureRule:
    """`meaning` and `remedy` are read by people: no names, no numbers."""

    meaning: str
    actor: Actor
    retry: Retry
    remedy: str


def _fix(meaning: str, actor: Actor, remedy: str) -> FailureRule:
    return FailureRule(meaning, actor, Retry.AFTER_FIX, remedy)


RULES: Final[dict[FailureCode, FailureRule]] = {
    # the payee's side
    FailureCode.ACCOUNT_NOT_FOUND: _fix("the payee's account is not known", Actor.CONTRACTOR, "correct the account number"),
    FailureCode.ACCOUNT_CLOSED: _fix("the payee's account is closed", Actor.CONTRACTOR, "give another account"),
    FailureCode.ACCOUNT_BLOCKED: _fix(
        "the payee's account is blocked", Actor.CONTRACTOR, "have the bank unblock it, or give another account"
    ),
    FailureCode.ACCOUNT_LIMIT: _fix(
        "the amount is beyond a limit of the payee's account or of the clearing", Actor.CONTRACTOR,
        "raise the account's limit, give another account or split the amount",
    ),
    FailureCode.BANK_CODE_INVALID: _fix(
        "the payee's bank is not known by its code", Actor.CONTRACTOR, "correct the bank's BIC or clearing code"
    ),
    FailureCode.NAME_MISMATCH: _fix(
        "the payee's name is not the account holder's", Actor.CONTRACTOR, "give the name as the bank holds it"
    ),
    FailureCode.ADDRESS_OR_TAX_ID: _fix(
        "the payee's address or tax id is missing or wrong", Actor.CONTRACTOR, "complete the address or tax id"
    ),
    FailureCode.CURRENCY_MISMATCH: _fix(
        "the payee's account does not take the currency", Actor.CONTRACTOR, "pay in the account's currency"
    ),
    # the payer's side: nothing is wrong with the payee's details, they need not be touched
    FailureCode.FUNDING_ACCOUNT_REFUSED: _fix(
        "the bank cannot debit the funding account", Actor.FINANCE,
        "compare the funding account's number, currency and BIC with the bank's, register the right one and plan a new run",
    ),
    FailureCode.DEBTOR_DETAILS: _fix(
        "the payer's name, address or identification is missing or wrong", Actor.FINANCE,
        "register the funding account's holder as the bank holds it and plan a new run",
    ),
    FailureCode.DEBTOR_LIMIT: _fix(
        "the amount is beyond a limit agreed for the funding account", Actor.FINANCE,
        "raise the limit with the bank, or pay in smaller runs",
    ),
    FailureCode.INSUFFICIENT_FUNDS: FailureRule(
        "the funding account does not cover it at the bank", Actor.FINANCE, Retry.SAME_DETAILS,
        "fund the debtor account, then send again",
    ),
    FailureCode.APPROVAL: _fix(
        "the payer's consent or rights at the bank are missing", Actor.FINANCE, "complete the approvals the bank asks for"
    ),
    # neither side's
    FailureCode.PURPOSE_REJECTED: _fix(
        "the purpose or regulatory code is refused", Actor.OPERATIONS, "correct the purpose or regulatory code"
    ),
    FailureCode.DECLINED: _fix(
        "the bank refuses and says no more", Actor.BANK, "ask the bank for the reason; another route may pass"
    ),
    FailureCode.TIMEOUT: FailureRule(
        "a bank on the way did not answer in time", Actor.OPERATIONS, Retry.AFTER_INQUIRY,
        "inquire; send again only with proof of non-execution",
    ),
    FailureCode.DUPLICATE: FailureRule(
        "the bank holds such a payment already", Actor.OPERATIONS, Retry.AFTER_INQUIRY,
        "find the payment that the bank already holds",
    ),
    FailureCode.COMPLIANCE: _fix(
        "a regulatory or fraud reason", Actor.COMPLIANCE, "answer the bank's or regulator's question"
    ),
    FailureCode.RECALLED: FailureRule(
        "it was recalled", Actor.OPERATIONS, Retry.NEVER, "plan anew if it is still owed"
    ),
    FailureCode.FILE_INVALID: _fix(
        "the payment file or its date is refused", Actor.OPERATIONS, "correct the file or its date, send anew"
    ),
}  # fmt: skip

# Status reasons (pain.002) and return reasons (pacs.004, camt RtrInf) as far as a credit transfer can meet them: ISO 20022
# External Code Sets, ExternalStatusReason1Code and ExternalReturnReason1Code, edition 2Q2026, as published on iso20022.org.
# Codes whose definition names the debtor or its agent are the payer's; those that name nobody are the payee's when they are said
# of one transfer (see _OF_THE_WHOLE for the other case). RR04 serves two canonical codes: see `classify`.
_ISO: Final[dict[FailureCode, str]] = {
    FailureCode.ACCOUNT_NOT_FOUND: "AC01 AC03 AC08 AC12 AC14 AC15 AC16 BE23 UCRD",
    FailureCode.ACCOUNT_CLOSED: "AC04 AC07 AC17 MD07",
    FailureCode.ACCOUNT_BLOCKED: "AC06 NOCM",
    FailureCode.ACCOUNT_LIMIT: "AM02 AM06 AM13 AM15 AM22 AM23 SL15 SL16",
    FailureCode.BANK_CODE_INVALID: ("AG04 AG06 AGNT CNOR RC01 RC02 RC04 RC05 RC07 RC08 RC10 RC11 RC15 ED01 AG11"),
    FailureCode.NAME_MISMATCH: "BE01 BE06 BE20 BE21 BE22",
    FailureCode.ADDRESS_OR_TAX_ID: "BE04 BE09 BE11 BE12 BE14 BE15 BE17 BE18 RR03 RR06 RR12",
    FailureCode.CURRENCY_MISMATCH: "AM03 AM11 AC09 AC11 CURR",
    FailureCode.PURPOSE_REJECTED: "PURP FF06 FF07 RR05 ED03",
    FailureCode.FUNDING_ACCOUNT_REFUSED: "AC02 AC05 AC10 AC13 AG05 AG07 RC03 RC06 RC09 DNOR RR01",
    FailureCode.DEBTOR_DETAILS: "BE07 BE08 BE10 BE13 BE16 RR02",
    FailureCode.DEBTOR_LIMIT: "AM14 AM21",
    FailureCode.INSUFFICIENT_FUNDS: "AM04",
    FailureCode.DECLINED: (
        "AG01 AG02 AG03 AG10 AG12 MS02 MS03 NARR AB02 AB04 AB09 AB10 ED05 ED06 NOAS SL02 SL03 SL17 SL18 BE05 RUTA SP01 SP02 "
        "CNPC RR11 DC02 DC04"
    ),
    FailureCode.TIMEOUT: "AB01 AB03 AB05 AB06 AB07 AB08 AB11 DS24",
    FailureCode.DUPLICATE: "AM05 DUPL DU01 DU02 DU03 DU04 DU05 RF01 ARDT",
    FailureCode.COMPLIANCE: "RR04 AM07 FRAD FR01",
    FailureCode.APPROVAL: (
        "AG08 SL01 SL11 SL12 DS0A DS0B DS0C DS0D DS0E DS0F DS0G DS0H DS0K DS10 DS11 DS12 DS13 DS19 DS20 DS21 DS22 DS23 DS26 "
        "DS27 CN01"
    ),
    FailureCode.RECALLED: "FOCR CUST DS02 UPAY MD06",
    FailureCode.FILE_INVALID: (
        "FF01 FF02 FF03 FF04 FF05 FF08 FF10 AM01 AM09 AM10 AM12 AM16 AM17 AM18 AM19 AM20 BE19 CH03 CH04 CH07 "
        "CH15 CH16 CH17 CH19 CH20 CH21 DT01 DT02 DT03 DT04 DT05 DT06 EDNA ERIN MINF INDT RR07 RR08 RR09 RR10 "
        "TA01 TD02 TD03 TM01 DS04 DS08 DS09 DS14 DS15 DS16 DS17 DS18 DS25 DS28 ID01"
    ),
}

# Said of a whole file or batch, a code that names nobody is about what all its transfers share: the account they are paid from.
_OF_THE_WHOLE: Final[dict[FailureCode, str]] = {
    FailureCode.FUNDING_ACCOUNT_REFUSED: "AC01 AC04 AC06 AC08 AC09 AC12 AC15 AG01 AG03 AG04 AGNT RC01 RC02 RC05 RC08",
    FailureCode.DEBTOR_DETAILS: "BE09 BE12 BE15 BE18 BE21",
    FailureCode.DEBTOR_LIMIT: "AM02",
}

# The last two lines of DECLINED: debits and cheques (R05 to R53) and disputes of an earlier return (R61 to
# R77) do not concern a credit of ours; should a bank use one of them all the same, it says no more than no.
_NACHA: Final[dict[FailureCode, str]] = {
    FailureCode.ACCOUNT_NOT_FOUND: "R03 R04 R20 R43",
    FailureCode.ACCOUNT_CLOSED: "R02 R14 R15",
    FailureCode.ACCOUNT_BLOCKED: "R16",
    FailureCode.BANK_CODE_INVALID: "R12 R13 R28 R34 R42 R82",
    FailureCode.NAME_MISMATCH: "R17 R45",
    FailureCode.ADDRESS_OR_TAX_ID: "R22 R44",
    FailureCode.INSUFFICIENT_FUNDS: "R01 R09",
    FailureCode.DECLINED: (
        "R08 R21 R23 R31 R32 R33 R35 R36 R40 R46 R81 R83 R84 "
        "R05 R07 R10 R11 R29 R37 R38 R39 R50 R51 R52 R53 "
        "R61 R62 R63 R64 R65 R66 R67 R68 R69 R70 R71 R72 R73 R74 R75 R76 R77"
    ),
    FailureCode.DUPLICATE: "R24 R47",
    FailureCode.COMPLIANCE: "R85",
    FailureCode.RECALLED: "R06",
    FailureCode.FILE_INVALID: "R18 R19 R25 R26 R27 R30 R41 R80",
}


def _by_code(*tables: dict[FailureCode, str]) -> dict[str, FailureCode]:
    return {code: canonical for table in tables for canonical, codes in table.items() for code in codes.split()}


_BY_CODE: Final = _by_code(_ISO, _NACHA)
_BY_CODE_OF_THE_WHOLE: Final = _BY_CODE | _by_code(_OF_THE_WHOLE)


def is_repeat(rail_code: str | None) -> bool:
    """Whether a refusal says only that the bank has the payment already: that is no word about the first copy."""
    return _BY_CODE.get((rail_code or "").strip().upper()) is FailureCode.DUPLICATE


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as a rail gave it (`rail_code`, `text`) and what it means here."""

    code: FailureCode
    rail_code: str | None
    text: str
    recognised: bool

    @property
    def rule(self) -> FailureRule:
        return RULES[self.code]


def classify(rail_code: str | None, text: str = "", *, whole: bool = False) -> Failure:
    """The canonical failure for a rail's reason code; never fails, and keeps the code as it came.

    `whole`: said of a file or batch, not of one transfer: a code that does not name a party then means the payer.
    RR04 is "regulatory reason": a bank that names the purpose in its text wants another purpose code,
    any other RR04 is a compliance matter.
    """
    known = (_BY_CODE_OF_THE_WHOLE if whole else _BY_CODE).get((rail_code or "").strip().upper())
    canonical = known or FailureCode.DECLINED
    if known is FailureCode.COMPLIANCE and rail_code == "RR04" and "purpose" in text.lower():
        canonical = FailureCode.PURPOSE_REJECTED
    return Failure(canonical, rail_code, text, known is not None)
