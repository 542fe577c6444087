"""Check digits that neither library has."""

from collections.abc import Callable

CheckDigit = Callable[[str], bool]


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for i, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if i % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def sv_dui(number: str) -> bool:
    """El Salvador DUI: weights 9..2, the check digit completes to a multiple of ten."""
    total = sum(int(d) * w for d, w in zip(number[:8], range(9, 1, -1), strict=True))
    return (10 - total % 10) % 10 == int(number[8])


def uy_ci(number: str) -> bool:
    """Uruguay cedula: weights 2 9 8 7 6 3 4."""
    padded = number.zfill(8)
    total = sum(int(d) * w for d, w in zip(padded[:7], (2, 9, 8, 7, 6, 3, 4), strict=True))
    return (10 - total % 10) % 10 == int(padded[7])


def hu_tax(number: str) -> bool:
    """Hungary adoazonosito jel (1996 act XX, annex): weights 1..9 modulo 11."""
    return sum(int(d) * w for d, w in zip(number[:9], range(1, 10), strict=True)) % 11 == int(number[9])


CHECKS: dict[str, CheckDigit | None] = {
    "-": None,
    "luhn": luhn,
    "sv_dui": sv_dui,
    "uy_ci": uy_ci,
    "hu_tax": hu_tax,
}
