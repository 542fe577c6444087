"""Answers VALID, INVALID with every reason, or NOT_CHECKABLE. Stateless, safe in any thread."""

import unicodedata

from onboarding.domain.checks import NumberCheck, NumberDefect, NumberReason, NumberVerdict

from .schemes import Scheme, registry

MAX_CHARS = 64
_MESSAGES = {
    NumberDefect.LENGTH: "has the wrong length",
    NumberDefect.FORMAT: "does not have the form of this number",
    NumberDefect.COMPONENT: "holds a part that cannot be, such as a date or a region",
    NumberDefect.CHECK_DIGIT: "fails its check digit: one character is probably mistyped",
}


class RegistryNumberChecker:
    """Implements the IdentityNumberChecker port over the registry."""

    def kinds(self, country: str) -> tuple[str, ...]:
        """Kinds that can be checked for an ISO 3166-1 alpha-2 country; empty when none can."""
        return tuple(sorted(registry().get(country.upper(), {})))

    def countries(self) -> tuple[str, ...]:
        return tuple(sorted(registry()))

    def check(self, country: str, kind: str, value: str) -> NumberCheck:
        """Never raises for any text. An unknown country or kind is NOT_CHECKABLE, never VALID."""
        country, kind = country.strip().upper(), str(kind).strip().upper()
        schemes = registry().get(country, {}).get(kind, ())
        if not schemes:
            return NumberCheck(NumberVerdict.NOT_CHECKABLE, country, kind)
        text = unicodedata.normalize("NFKC", value[: MAX_CHARS * 4]).strip().upper()
        reasons = _unusable(text) if len(value) <= MAX_CHARS else (_TOO_LONG,)
        if not reasons:
            accepted, reasons = _first_accepting(schemes, text)
            if accepted:
                scheme, number = accepted
                return NumberCheck(NumberVerdict.VALID, country, kind, number, scheme.name, scheme.strength == "check")
        return NumberCheck(NumberVerdict.INVALID, country, kind, reasons=reasons)


_TOO_LONG = NumberReason(NumberDefect.TOO_LONG, "", f"is longer than {MAX_CHARS} characters")


def _unusable(text: str) -> tuple[NumberReason, ...]:
    if not any(c.isalnum() for c in text):
        return (NumberReason(NumberDefect.EMPTY, "", "is empty"),)
    if not all(c.isprintable() for c in text):
        return (NumberReason(NumberDefect.ILLEGAL_CHARACTER, "", "holds a control character"),)
    return ()


def _first_accepting(schemes: tuple[Scheme, ...], text: str) -> tuple[tuple[Scheme, str] | None, tuple[NumberReason, ...]]:
    reasons = []
    for scheme in schemes:
        outcome = scheme.test(text)
        if not isinstance(outcome, NumberDefect):
            return (scheme, outcome), ()
        reasons.append(NumberReason(outcome, scheme.name, _MESSAGES[outcome]))
    return None, tuple(reasons)
