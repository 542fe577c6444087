"""Does every row of the registry still do what it says? Run by a test, so a library update cannot pass unseen."""

from collections.abc import Iterator

from onboarding.domain.checks import NumberDefect

from .schemes import Scheme, registry


def self_check() -> tuple[str, ...]:
    """Problems found, empty when all is well: each row loads, accepts its example and refuses a changed one."""
    return tuple(
        f"{s.country} {s.kind} {s.name}: {problem}"
        for kinds in registry().values()
        for schemes in kinds.values()
        for s in schemes
        for problem in _problems(s)
    )


def wrong_digits(example: str) -> Iterator[str]:
    """The example with one digit changed, every way there is."""
    for i, char in enumerate(example):
        if char.isdigit():
            yield from (example[:i] + d + example[i + 1 :] for d in "0123456789" if d != char)


def _problems(scheme: Scheme) -> Iterator[str]:
    try:
        outcome = scheme.test(scheme.example)
    except (ImportError, AttributeError, KeyError) as error:
        yield f"does not load: {error}"
        return
    if isinstance(outcome, NumberDefect):
        yield f"refuses its example ({outcome})"
        return
    if not isinstance(scheme.test(scheme.example + "99999999"), NumberDefect):
        yield "accepts its example with eight digits added"
    noticed = [isinstance(scheme.test(w), NumberDefect) for w in wrong_digits(scheme.example)]
    if scheme.strength == "check" and not all(noticed):
        yield "misses a wrong digit"
    elif scheme.strength == "partial" and sum(noticed) < 0.5 * len(noticed):
        yield "misses most wrong digits"
