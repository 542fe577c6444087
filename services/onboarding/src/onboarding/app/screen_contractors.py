"""Screens locked contractors against the current lists and lets the outcome take effect. Everything for all of them at once: the
number of statements does not grow with the number of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.app.assessment import duplicates_by_contractor, facts_from, risks_of, subjects_of
from onboarding.app.ports import Checks, UnitOfWork
from onboarding.app.screening_desk import ScreeningDesk
from onboarding.domain import contractor as cases
from onboarding.domain import review as reviews
from onboarding.domain.case_states import CaseState
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.events import ReviewStateChanged
from onboarding.domain.hits import broken_case, new_hits, risk_of
from onboarding.domain.payout_method import PayoutMethod
from onboarding.domain.review import Review, ReviewKind, Risk
from onboarding.domain.screening import ScreeningCase, open_case


@dataclass(frozen=True, slots=True)
class _Person:
    contractor: Contractor
    methods: Sequence[PayoutMethod]
    case: ScreeningCase
    before: ScreeningCase | None
    review: Review | None


async def screen_contractors(
    uow: UnitOfWork, checks: Checks, desk: ScreeningDesk, contractors: Sequence[Contractor], requested_by: str = ""
) -> None:
    """Contractors are locked by the caller; `requested_by`: id of the payout run that asked."""
    if not contractors:
        return
    await desk.refresh(uow.watchlists)
    people = await _people(uow, desk, contractors)
    await uow.screenings.put([person.case for person in people])
    duplicates = await duplicates_by_contractor(uow, [c.id for c in contractors if c.state is CaseState.SUBMITTED])
    changes: list[Changed] = []
    opened: list[Review] = []
    raised: list[tuple[Review, Review]] = []
    for person in people:
        facts = facts_from(checks, person.contractor.profile, person.methods, person.case, person.review, uow.now.date())
        after, happened = cases.screened(person.contractor, person.case, facts, requested_by)
        if fresh := _review_to_open(uow, checks, person, duplicates.get(person.contractor.id, set())):
            opened.append(fresh)
            happened.append(ReviewStateChanged(fresh.id, fresh.state))
        elif person.review:
            riskier = reviews.raise_risks(person.review, risk_of(person.case), bool(new_hits(person.case, person.before)))
            raised.append((person.review, riskier))
            if riskier.state is not person.review.state:
                happened.append(ReviewStateChanged(riskier.id, riskier.state))
        changes.append((after, happened))
    await uow.contractors.save(changes)
    await uow.reviews.add(opened)
    await uow.reviews.save([(before, after) for before, after in raised if before != after], "SCREENED")


async def _people(uow: UnitOfWork, desk: ScreeningDesk, contractors: Sequence[Contractor]) -> list[_Person]:
    ids = [contractor.id for contractor in contractors]
    methods = await uow.payout_methods.current(ids)
    before = await uow.screenings.find(ids)
    decisions = await uow.screenings.decisions(ids)
    under_review = await uow.reviews.lock_open(ids)
    subjects = await subjects_of(uow, contractors)
    found = await desk.screen(subjects)
    fingerprints = [uow.screenings.fingerprint(subject) for subject in subjects]
    return [
        _Person(
            contractor,
            methods.get(contractor.id, []),
            open_case(
                contractor.id,
                fingerprint,
                outcome,
                decisions.get(contractor.id, ()),
                uow.now,
                before.get(contractor.id),
            )
            if outcome
            else broken_case(contractor.id, fingerprint, before.get(contractor.id), desk.versions, uow.now),
            before.get(contractor.id),
            under_review.get(contractor.id),
        )
        for contractor, fingerprint, outcome in zip(contractors, fingerprints, found, strict=True)
    ]


def _review_to_open(uow: UnitOfWork, checks: Checks, person: _Person, duplicates: set[Risk]) -> Review | None:
    """A case that was handed in goes to review; so does a new hit on somebody approved before."""
    contractor = person.contractor
    if contractor.state is CaseState.SUBMITTED:
        risks = risk_of(person.case) | risks_of(checks, contractor.profile, person.methods) | duplicates
        kind = ReviewKind.ONBOARDING
    elif person.review is None and cases.was_approved(contractor) and new_hits(person.case, person.before):
        risks, kind = risk_of(person.case), ReviewKind.SCREENING
    else:
        return None
    return reviews.open_review(uow.ids.new("review"), contractor.id, kind, risks, uow.now)
