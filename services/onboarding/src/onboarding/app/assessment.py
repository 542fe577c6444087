"""The rules of a country held against a case: used by every verb that changes what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from onboarding.app.ports import Checks, UnitOfWork
from onboarding.domain.capabilities import Facts
from onboarding.domain.checks import NumberVerdict
from onboarding.domain.contractor import Contractor
from onboarding.domain.marks import DUPLICATES
from onboarding.domain.payout_method import PayoutMethod
from onboarding.domain.profile import IdentityNumber, Profile
from onboarding.domain.requirements import Defect, NumberFinding, Requirement, assess
from onboarding.domain.review import Review, Risk
from onboarding.domain.screening import ScreeningCase, Subject
from onboarding.domain.screening_faults import FaultCode


def findings(checks: Checks, profile: Profile) -> list[NumberFinding]:
    """The check of every declared number, in their order."""
    return [_finding(checks, number, place) for place, number in enumerate(profile.identity_numbers)]


def _finding(checks: Checks, number: IdentityNumber, place: int) -> NumberFinding:
    kind = checks.rules.aliases(number.country).get(number.kind, number.kind)
    check = checks.numbers.check(number.country, kind, number.value)
    defects: tuple[Defect, ...] = ()
    if check.verdict is NumberVerdict.INVALID:
        why = "; ".join(dict.fromkeys(reason.message for reason in check.reasons)) or "is not valid"
        defects = (Defect("NUMBER_INVALID", f"profile.identity_numbers[{place}].value", f"{number.kind} {why}"),)
    return NumberFinding(number.country, frozenset({number.kind, kind}), check.verdict, defects)


def requirements_of(checks: Checks, profile: Profile, has_method: bool, on: date) -> tuple[Requirement, ...]:
    pack = checks.rules.pack(profile.country, profile.person_type, on)
    return assess(profile, findings(checks, profile), has_method, pack, on)


def facts_from(
    checks: Checks, profile: Profile, methods: Sequence[PayoutMethod], case: ScreeningCase | None, review: Review | None, on: date
) -> Facts:
    """review: the one that is open, if any."""
    pack = checks.rules.pack(profile.country, profile.person_type, on)
    payable, held = any(method.payable for method in methods), review is not None and review.holds_payouts
    no_watchlist = case is not None and any(fault.code is FaultCode.NO_WATCHLIST for fault in case.faults)
    return Facts(payable, case.state if case else None, pack.unsupported, held, no_watchlist)


async def facts_of(uow: UnitOfWork, checks: Checks, contractor_id: str, profile: Profile) -> Facts:
    """What decides the capabilities of one contractor, locked by the caller, now."""
    methods = await uow.payout_methods.current([contractor_id])
    cases = await uow.screenings.find([contractor_id])
    review = (await uow.reviews.lock_open([contractor_id])).get(contractor_id)
    return facts_from(checks, profile, methods.get(contractor_id, []), cases.get(contractor_id), review, uow.now.date())


def risks_of(checks: Checks, profile: Profile, methods: Sequence[PayoutMethod]) -> set[Risk]:
    """What makes a case risky beside its screening."""
    risks = set()
    if any(checks.rules.high_risk(country) for country in (profile.country, *profile.nationalities)):
        risks.add(Risk.HIGH_RISK_COUNTRY)
    if any(finding.verdict is NumberVerdict.NOT_CHECKABLE for finding in findings(checks, profile)):
        risks.add(Risk.IDENTITY_NOT_CHECKABLE)
    if any(not profile.owns(method.account.holder_name) for method in methods):
        risks.add(Risk.ACCOUNT_HOLDER_DIFFERS)
    return risks


async def duplicates_by_contractor(uow: UnitOfWork, contractor_ids: Sequence[str]) -> dict[str, set[Risk]]:
    """What makes a case risky because another open case has the same number or account."""
    shared = await uow.marks.shared(contractor_ids) if contractor_ids else {}
    return {contractor_id: {DUPLICATES[kind] for kind in kinds} for contractor_id, kinds in shared.items()}


async def duplicates_of_account(uow: UnitOfWork, contractor_id: str, method_id: str) -> set[Risk]:
    """The same for one account, whose mark was added."""
    return {DUPLICATES[kind] for kind in (await uow.marks.shared([contractor_id], method_id)).get(contractor_id, ())}


async def subjects_of(uow: UnitOfWork, contractors: Sequence[Contractor]) -> list[Subject]:
    """Who is screened for each: with the holders of the accounts that are paid to, or will be once a review is over."""
    ids = [contractor.id for contractor in contractors]
    current, pending = await uow.payout_methods.current(ids), await uow.payout_methods.pending(ids)
    return [
        contractor.profile.subject(
            m.account.holder_name for m in (*current.get(contractor.id, ()), *pending.get(contractor.id, ()))
        )
        for contractor in contractors
    ]


async def screen_again_if_changed(uow: UnitOfWork, contractor: Contractor) -> None:
    """After accounts came or went: a screening of other names counts no more, and is repeated by the clock."""
    case = (await uow.screenings.find([contractor.id])).get(contractor.id)
    [subject] = await subjects_of(uow, [contractor])
    if case and case.subject_fingerprint != uow.screenings.fingerprint(subject):
        await uow.screenings.expire(contractor.id)
