"""Numbers of payment cards in text for people: they may not be stored (PCI DSS 3.5), so a request that holds one is refused.

Length and first digits are those the issuers use (ISO/IEC 7812), the last digit is Luhn's. Groups as they are printed on cards
may stand apart. Parts of longer numbers, of words (ids), decimals, telephone numbers with `+` and IBANs are no card numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_APART = r"[ .\-\u00a0\u00ad\u200b-\u200d\u2002-\u2015\u202f\u2060\u2212\u3000\uff0d]"
_RUN = re.compile(rf"(?<![\w+])\d+(?:{_APART}{{1,3}}\d+)*(?!\w)")
_GROUP = re.compile(r"\d+")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_ISSUED = re.compile(  # Visa, Mastercard, American Express, Diners, JCB, Maestro and those that begin with 6
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-59]|[689]\d)\d{11}|35\d{14,17}|(?:5[06-8]|6\d)\d{11,17}"
)
_SHAPES = (
    (4, 4, 4, 4, 3),
    (4, 4, 4, 4, 2),
    (4, 4, 4, 4, 1),
    (4, 4, 4, 4),
    (4, 6, 5),
    (4, 6, 4),
    (4, 4, 5),
    (6, 13),
    (4, 4, 4, 1),
)


def holds_card_number(text: str) -> bool:
    """Whether a number in it could be that of a payment card; one in ten numbers of such a shape is, by its check digit."""
    if len(text) < 13 or not any(map(_number, _candidates(text))):
        return False
    masked = _without_ibans(text)
    return masked == text or any(map(_number, _candidates(masked)))


def _number(digits: str) -> bool:
    return _ISSUED.fullmatch(digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(sum(divmod(2 * value, 10)) for value in values[1::2])) % 10 == 0


def _candidates(text: str) -> Iterator[str]:
    """Digits of numbers in one piece, in a card's groups, or digit by digit."""
    for run in _RUN.finditer(text):
        found = list(_GROUP.finditer(run[0]))
        groups = ["".join(str(int(digit)) for digit in group[0]) for group in found]
        sizes = tuple(map(len, groups))
        if set(sizes) == {1}:
            yield "".join(groups)
        for at, size in enumerate(sizes):
            if 13 <= size <= 19 and not _is_decimal(run[0], found[at]):
                yield groups[at]
            yield from ("".join(groups[at : at + len(shape)]) for shape in _SHAPES if _stands_alone(sizes, at, shape))


def _stands_alone(sizes: tuple[int, ...], at: int, shape: tuple[int, ...]) -> bool:
    """Groups of this shape, and neither before nor behind them another group of four: that would be a longer number."""
    end = at + len(shape)
    return sizes[at:end] == shape and sizes[max(at - 1, 0) : at] != (4,) and sizes[end : end + 1] != (4,)


def _is_decimal(run: str, group: re.Match[str]) -> bool:
    return run[: group.start()].endswith(".") or run[group.end() :].startswith(".")


def _without_ibans(text: str) -> str:
    for match in list(_IBAN.finditer(text)):
        ends = [at + 1 for at, char in enumerate(match[0]) if char.isalnum()]
        for end in reversed(ends[14:]):
            compact = "".join(filter(str.isalnum, match[0][:end]))
            if int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1:
                text = text[: match.start()] + "x" * end + text[match.start() + end :]
                break
    return text
