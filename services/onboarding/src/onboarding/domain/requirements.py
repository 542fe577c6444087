"""What a country asks of a contractor, and what of it is missing or wrong: everything at once, never one thing a round."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from onboarding.domain.capabilities import Capability
from onboarding.domain.checks import NumberVerdict
from onboarding.domain.party import Party
from onboarding.domain.profile import Profile, parse_date


class Phase(StrEnum):
    CURRENTLY_DUE = "CURRENTLY_DUE"
    EVENTUALLY_DUE = "EVENTUALLY_DUE"
    PAST_DUE = "PAST_DUE"
    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    MET = "MET"


@dataclass(frozen=True, slots=True)
class Defect:
    """code: stable. field: path in the request. message: for people; never a value that was given."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a rule pack. any_of: alternatives, each a set of items that are all needed. due_days: for EVENTUALLY_DUE,
    counted from the approval."""

    code: str
    description: str
    any_of: tuple[tuple[str, ...], ...]
    capabilities: tuple[Capability, ...]
    phase: Phase = Phase.CURRENTLY_DUE
    due_days: int = 0


@dataclass(frozen=True, slots=True)
class RulePack:
    """The rules of a country for one person type. aliases: name of a document there -> kind of number that is checked."""

    country: str
    version: str
    rules: tuple[Rule, ...]
    aliases: Mapping[str, str]
    unsupported: frozenset[Capability] = frozenset()


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule held against a case."""

    code: str
    description: str
    any_of: tuple[tuple[str, ...], ...]
    phase: Phase
    capabilities: tuple[Capability, ...]
    who_acts: Party | None = Party.CONTRACTOR
    due_at: datetime | None = None
    defects: tuple[Defect, ...] = ()
    due_days: int = 0


@dataclass(frozen=True, slots=True)
class NumberFinding:
    """The check of one declared number. names: the kind as declared and the kind it was checked as."""

    country: str
    names: frozenset[str]
    verdict: NumberVerdict
    defects: tuple[Defect, ...] = ()


PAYOUT_METHOD = "PAYOUT_METHOD"
_Check = Callable[[Profile, date], Defect | None]


def _given(field: str, what: str) -> _Check:
    def check(profile: Profile, _today: date) -> Defect | None:
        return None if getattr(profile, field) else Defect("MISSING", f"profile.{field}", f"give {what}")

    return check


def _birth_date(profile: Profile, today: date) -> Defect | None:
    field = "profile.birth_date"
    if not profile.birth_date:
        return Defect("MISSING", field, "give the date of birth or of foundation")
    day = parse_date(profile.birth_date)
    if day is None or day >= today or day.year < 1800:
        return Defect("INVALID_DATE", field, "is no day in the past, written as 1990-05-17")
    return None


_PROFILE_ITEMS: dict[str, _Check] = {
    "LEGAL_NAME": _given("legal_name", "the name as on the identity document"),
    "BIRTH_DATE": _birth_date,
    "ADDRESS": _given("address_lines", "the postal address"),
    "EMAIL": _given("email", "an e-mail address for notices"),
    "PHONE": _given("phone", "a telephone number"),
    "NATIONALITY": _given("nationalities", "at least one nationality"),
}


def catalogue(pack: RulePack, capability: Capability | None) -> tuple[Requirement, ...]:
    """What the pack asks, before anything is known of the person."""
    wanted = [rule for rule in pack.rules if capability is None or capability in rule.capabilities]
    return tuple(_requirement(rule, rule.phase, ()) for rule in wanted)


def assess(
    profile: Profile, numbers: Sequence[NumberFinding], has_payout_method: bool, pack: RulePack, today: date
) -> tuple[Requirement, ...]:
    """Every rule of the pack with its phase and every defect. `numbers`: the checks of profile.identity_numbers, in order."""
    found = [_assess_rule(rule, profile, numbers, has_payout_method, pack, today) for rule in pack.rules]
    told = {defect for requirement in found for defect in requirement.defects}
    others = tuple(defect for number in numbers for defect in number.defects if defect not in told)
    if others:
        found.append(
            Requirement(
                "DECLARED_NUMBERS", "Every declared number has to be valid", (), Phase.CURRENTLY_DUE, tuple(Capability),
                defects=others,
            )
        )  # fmt: skip
    return tuple(found)


def _assess_rule(
    rule: Rule, profile: Profile, numbers: Sequence[NumberFinding], has_payout_method: bool, pack: RulePack, today: date
) -> Requirement:
    def defect_of(item: str) -> Defect | None:
        if item == PAYOUT_METHOD:
            return None if has_payout_method else Defect("MISSING", "payout_methods", "add a payout method")
        if check := _PROFILE_ITEMS.get(item):
            return check(profile, today)
        return _number_defect(item, numbers, pack)

    open_by_alternative = [[d for d in map(defect_of, items) if d] for items in rule.any_of]
    fewest = min(open_by_alternative, key=len, default=[])
    wanted = {item for items in rule.any_of for item in items}
    wrong = [d for number in numbers if _names_of(number, pack) & _canonical(wanted, pack) for d in number.defects]
    if not fewest and not wrong:
        return _requirement(rule, Phase.MET, ())
    # a number that was given and is wrong is told instead of "missing"
    missing = [d for d in fewest if not (wrong and d.field == _NUMBERS)]
    return _requirement(rule, rule.phase, tuple(dict.fromkeys([*missing, *wrong])))


_NUMBERS = "profile.identity_numbers"


def _canonical(items: set[str], pack: RulePack) -> set[str]:
    return {pack.aliases.get(item, item) for item in items}


def _names_of(number: NumberFinding, pack: RulePack) -> set[str]:
    """Under which names a number counts for this pack's country; a passport counts whoever issued it."""
    return set(number.names) if number.country == pack.country or "PASSPORT" in number.names else set()


def _number_defect(item: str, numbers: Sequence[NumberFinding], pack: RulePack) -> Defect | None:
    kind = pack.aliases.get(item, item)
    if any(kind in _names_of(n, pack) and n.verdict is not NumberVerdict.INVALID for n in numbers):
        return None
    return Defect("MISSING", _NUMBERS, f"give a number of kind {item} issued by {pack.country}")


def _requirement(rule: Rule, phase: Phase, defects: tuple[Defect, ...]) -> Requirement:
    who_acts = None if phase is Phase.MET else Party.CONTRACTOR
    return Requirement(
        rule.code, rule.description, rule.any_of, phase, rule.capabilities, who_acts, None, defects, rule.due_days,
    )  # fmt: skip


def blocking(requirements: Sequence[Requirement]) -> bool:
    """Whether something has to be brought before the case can go on."""
    return any(r.phase in (Phase.CURRENTLY_DUE, Phase.PAST_DUE) for r in requirements)
