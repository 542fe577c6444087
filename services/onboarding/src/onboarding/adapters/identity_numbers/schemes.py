"""The registry: which rules check which kind of number in which country. The rows are in schemes.txt."""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from stdnum.exceptions import (
    InvalidChecksum,
    InvalidComponent,
    InvalidFormat,
    InvalidLength,
    ValidationError,
)

from onboarding.domain.checks import NumberDefect

from .rules import CHECKS

Outcome = str | NumberDefect
"""The normalised number, or why the rule refuses it."""

_SEPARATORS = re.compile(r"[\s\-./()]")
_DEFECTS = (
    (InvalidChecksum, NumberDefect.CHECK_DIGIT),
    (InvalidLength, NumberDefect.LENGTH),
    (InvalidComponent, NumberDefect.COMPONENT),
    (InvalidFormat, NumberDefect.FORMAT),
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """strength: "check" when every wrong digit is noticed, "partial" when most are, "format" when only the shape
    is checked. example: a number the rule accepts."""

    country: str
    kind: str
    name: str
    reference: str
    strength: str
    example: str

    def test(self, value: str) -> Outcome:
        """value: upper case, trimmed. Never raises for any text."""
        return _runner(self.reference)(value)


def compact(value: str) -> str:
    """Upper case without separators."""
    return _SEPARATORS.sub("", value).upper()


@lru_cache(maxsize=1)
def registry() -> dict[str, dict[str, tuple[Scheme, ...]]]:
    """{country: {kind: schemes}}; a number is valid when one of the schemes accepts it."""
    table: dict[str, dict[str, list[Scheme]]] = {}
    for line in files(__package__).joinpath("schemes.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            scheme = Scheme(*line.split("\t"))
            table.setdefault(scheme.country, {}).setdefault(scheme.kind, []).append(scheme)
    return {c: {k: tuple(s) for k, s in kinds.items()} for c, kinds in table.items()}


@cache
def _runner(reference: str) -> Callable[[str], Outcome]:
    engine, _, rest = reference.partition(":")
    if engine == "stdnum":
        return _stdnum(importlib.import_module(f"stdnum.{rest}"))
    if engine == "idnumbers":
        country, _, name = rest.partition(".")
        return _idnumbers(getattr(importlib.import_module(f"idnumbers.nationalid.{country}"), name))
    check, _, pattern = rest.partition(":")
    return _own(check, pattern)


def _stdnum(module: Any) -> Callable[[str], Outcome]:
    def test(value: str) -> Outcome:
        try:
            # A hyphen can carry meaning (the century in a Finnish HETU): the module knows which to keep.
            return str(module.validate(value)).upper()
        except ValidationError as error:
            return next((d for kind, d in _DEFECTS if isinstance(error, kind)), NumberDefect.FORMAT)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            # Some modules let a conversion error through on text that is no number at all.
            return NumberDefect.FORMAT

    return test


def _idnumbers(validator: Any) -> Callable[[str], Outcome]:
    has_check = bool(validator.METADATA.checksum)

    def test(value: str) -> Outcome:
        spellings = dict.fromkeys((compact(value), value))
        try:
            for spelling in spellings:
                if validator.validate(spelling):
                    return spelling
            shaped = any(validator.METADATA.regexp.search(s) for s in spellings)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            return NumberDefect.FORMAT
        if not shaped:
            return NumberDefect.FORMAT
        return NumberDefect.CHECK_DIGIT if has_check else NumberDefect.COMPONENT

    return test


def _own(check: str, pattern: str) -> Callable[[str], Outcome]:
    shape, check_digit = re.compile(pattern, re.ASCII), CHECKS[check]

    def test(value: str) -> Outcome:
        number = compact(value)
        if not shape.fullmatch(number):
            return NumberDefect.FORMAT
        if check_digit is not None and not check_digit(number):
            return NumberDefect.CHECK_DIGIT
        return number

    return test
