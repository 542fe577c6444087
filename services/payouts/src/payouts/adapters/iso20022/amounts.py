"""Decimal text of the wire to integer minor units and back, exactly (exponents of ISO 4217)."""

import re

from chassis.errors import InvalidFields
from chassis.money import exponent

from payouts.domain.bank_messages import UnreadableBankMessage

# ActiveCurrencyAndAmount: at most 18 digits, at most 5 of them after the point, no sign.
_AMOUNT = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,5}))?")
MAX_DIGITS = 18
# The ledger counts in signed 64 bits.
MAX_MINOR = 2**63 - 1


def format_minor(amount_minor: int, currency: str) -> str:
    """1250 EUR -> "12.50", 1250 JPY -> "1250"; the amount is not negative."""
    decimals = exponent(currency)
    if not decimals:
        return str(amount_minor)
    whole, fraction = divmod(amount_minor, 10**decimals)
    return f"{whole}.{fraction:0{decimals}d}"


def parse_minor(text: str, currency: str, field: str) -> int:
    """ "12.5" EUR -> 1250. Refuses a sign, an exponent and more decimals than the currency has."""
    found = _AMOUNT.fullmatch(text)
    if found is None or sum(map(len, found.groups(""))) > MAX_DIGITS:
        raise UnreadableBankMessage(f"{field}: {text[:40]!r} is not an amount")
    try:
        decimals = exponent(currency)
    except InvalidFields:
        raise UnreadableBankMessage(f"{field}: {currency[:8]!r} is not a currency with minor units") from None
    fraction = found[2] or ""
    if len(fraction) > decimals:
        raise UnreadableBankMessage(f"{field}: {text} has more decimals than {currency} ({decimals})")
    minor = int(found[1] + fraction.ljust(decimals, "0"))
    if minor > MAX_MINOR:
        raise UnreadableBankMessage(f"{field}: {text} {currency} is more than can be booked")
    return minor
