"""Check digits of account numbers."""

_CLABE_WEIGHTS = (3, 7, 1)
_NUBAN_WEIGHTS = (3, 7, 3)


def aba(routing_number: str) -> bool:
    """US routing number: 3 7 1 weighted sum is a multiple of ten (ABA Key to Routing Numbers)."""
    return sum(int(d) * (3, 7, 1)[i % 3] for i, d in enumerate(routing_number)) % 10 == 0


def clabe(number: str) -> bool:
    """Mexico: each product modulo ten, the check digit completes the sum (Banxico, CLABE)."""
    total = sum(int(d) * _CLABE_WEIGHTS[i % 3] % 10 for i, d in enumerate(number[:17]))
    return (10 - total % 10) % 10 == int(number[17])


def nuban(bank_code: str, account_number: str) -> bool:
    """Nigeria: weights 3 7 3 over bank code and serial (CBN, Revised Standards on NUBAN, 2020).

    Commercial banks have 3 digits (padded to 6 with zeros), other institutions 5 (prefixed with 9).
    """
    code = bank_code.zfill(6) if len(bank_code) == 3 else bank_code.rjust(6, "9")
    number = code + account_number[:9]
    total = sum(int(d) * _NUBAN_WEIGHTS[i % 3] for i, d in enumerate(number))
    return (10 - total % 10) % 10 == int(account_number[9])
