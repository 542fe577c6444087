"""What a profile is found by. A number counts under the name its kind has in every country's rules, however it was called."""

from __future__ import annotations

from onboarding.app.ports import Checks
from onboarding.domain.marks import Mark, MarkKind
from onboarding.domain.profile import IdentityNumber, Profile


def mark_of_number(checks: Checks, number: IdentityNumber) -> Mark:
    kind = checks.rules.aliases(number.country).get(number.kind, number.kind)
    return Mark(MarkKind.IDENTITY_NUMBER, (number.country, kind, number.value))


def marks_of_profile(checks: Checks, profile: Profile) -> list[Mark]:
    numbers = [mark_of_number(checks, number) for number in profile.identity_numbers]
    return [*numbers, Mark(MarkKind.EMAIL, (profile.email,))]
