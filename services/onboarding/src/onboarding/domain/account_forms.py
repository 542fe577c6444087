"""The forms of an account: texts that are the same however it was written down. Two accounts that have one form in common are
taken for one.

One account has several notations: an IBAN that holds the domestic number, a BIC of 8 or 11 characters, a number padded with
zeros, a bank named by its code in the national clearing or by its BIC. No public table that is whole says which code is which
BIC, so a number that is long enough is a form by itself, with its country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chassis.plain_text import letters_and_digits

from onboarding.domain.payment_instruction import instruction_of
from onboarding.domain.payout_method import PayoutMethod

# IBAN registry (ISO 13616), GB: GB2!n4!a6!n8!n. The one country where an account is given as an IBAN or by domestic codes.
_GB_IBAN = re.compile(r"GB\d{2}[A-Z]{4}(?P<sort_code_and_number>\d{14})", re.ASCII)
# ISO 9362: characters 9 to 11 name a branch, XXX the head office; the first 8 are the bank.
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}", re.ASCII)
_BIC_CHARS = 8
# Codes that may stand before an account number: bank and branch in KE, sort code, bank and branch in LK, ABA, IFSC.
_CODE = re.compile(r"\d+|[A-Z]{4}0[A-Z0-9]{6}", re.ASCII)
_CODE_LENGTHS = (5, 6, 7, 9, 11)
_NZ_NUMBER = re.compile(r"\d{15,16}", re.ASCII)
_NZ_SUFFIX_AT, _NZ_SUFFIX_CHARS = 13, 3
# A number of fewer signs, without the zeros before it, is somebody else's at another bank too often.
TELLING_CHARS = 8


def forms_of_account(method: PayoutMethod) -> frozenset[str]:
    given = instruction_of(method)
    if given.iban:
        return frozenset({_of_iban(letters_and_digits(given.iban))})
    code, number = letters_and_digits(given.clearing_code), letters_and_digits(given.account_number)
    if method.account.scheme == "GB_SORT_CODE":
        return frozenset({code + number})
    if method.country == "NZ":
        number = _nz_number(number)
    if method.account.scheme == "NZ_ACCOUNT":
        code = ""  # the number begins with it
    elif method.account.scheme == "NG_NUBAN":
        code = _ng_bank(code)
    number = unpadded(number)
    by_country = {f"{method.country}{number}"} if len(number) >= TELLING_CHARS else set()
    return frozenset({(code or letters_and_digits(given.bic)[:_BIC_CHARS]) + number} | by_country)


def forms_of_text(text: str) -> frozenset[str]:
    """What somebody looks for, who does not say which notation it is: every form it may be. Empty when nothing is left of it."""
    value = letters_and_digits(text)
    return frozenset(_readings(value)) if value else frozenset()


def _readings(value: str) -> Iterator[str]:
    yield _of_iban(value)
    yield unpadded(value)
    if _BIC.match(value):
        bank, rest = value[:_BIC_CHARS], value[_BIC_CHARS:]
        national = _nz_number if bank[4:6] == "NZ" else str
        yield from (bank + unpadded(national(number)) for number in (rest, rest[3:]) if number)
    for length in _CODE_LENGTHS:
        code, number = value[:length], value[length:]
        if number and _CODE.fullmatch(code):
            yield code + unpadded(number)
    for length in (3, 5, 6):  # Nigeria
        if len(value) == length + 10 and value.isdecimal():
            yield _ng_bank(value[:length]) + unpadded(value[length:])
    for number in (value, value[6:]):  # New Zealand, also with its first six digits as the clearing code before it
        if _NZ_NUMBER.fullmatch(number):
            yield unpadded(_nz_number(number))


def _of_iban(value: str) -> str:
    """The domestic number inside of it where an account is given by that as well, else itself."""
    domestic = _GB_IBAN.fullmatch(value)
    return domestic["sort_code_and_number"] if domestic else value


def _ng_bank(code: str) -> str:
    """CBN, Revised Standards on NUBAN: 3 digits of a bank are padded to 6 with zeros, 5 of another institution begin with 9."""
    return code.zfill(6) if len(code) == 3 else code.rjust(6, "9")


def _nz_number(number: str) -> str:
    """Bank, branch and account, 13 digits; the suffix after them has two digits or, padded, three."""
    if not _NZ_NUMBER.fullmatch(number):
        return number
    return number[:_NZ_SUFFIX_AT] + number[_NZ_SUFFIX_AT:].zfill(_NZ_SUFFIX_CHARS)


def unpadded(number: str) -> str:
    return number.lstrip("0") or number[-1:]
