"""Contractors become approved, or do not: registered, screened, reviewed by compliance people."""

from __future__ import annotations

from kamai.banking.v1 import freelancer_account_pb2 as banking
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2, payout_method_pb2, review_pb2, screening_pb2
from kamai.onboarding.v1.contractor_pb2 import Contractor

from kamai_client.demo.inputs import contractors as rows
from kamai_client.demo.inputs.contractors import ContractorInput
from kamai_client.demo.inputs.rows import Problem
from kamai_client.demo.waiting import EVENTS_UNDER_WAY, accepted, until
from kamai_client.demo.world import World
from kamai_client.watchlists import import_watchlist

LIST, LATE_LIST = "ofac-sdn", "house-list"
IN_CHECKS = (contractor_pb2.CASE_STATE_SUBMITTED, contractor_pb2.CASE_STATE_SCREENING)
APPROVED = (contractor_pb2.CASE_STATE_APPROVED, contractor_pb2.CASE_STATE_APPROVED_WITH_DUE)


async def import_list(world: World) -> None:
    with world.stages.stage("import the watchlist", len(world.batch.watchlist)) as stage:
        reply = await import_watchlist(await world.people.platform(), LIST, world.batch.watchlist, accept_shrinking=True)
        stage.reach(stage.total, f"{reply.watchlist.entries} entries")


async def onboard(world: World) -> None:
    """Every contractor through to a decision, many at a time."""
    with world.stages.stage("contractors: register, screen, review", len(world.batch.contractors)) as stage:

        async def one(given: ContractorInput) -> None:
            async with world.row(rows.FILE, given.line, rows.PROFILE_COLUMNS, given.key):
                await _onboard(world, given)
            stage.step(given.profile.legal_name)

        await world.each(world.batch.contractors, one)


async def _onboard(world: World, given: ContractorInput) -> None:
    intake = await world.people.intake()
    asked = contractor_service_pb2.RegisterContractorRequest(profile=given.profile, external_id=f"{world.tag}/{given.key}")
    contractor_id = (await intake.contractors.RegisterContractor(asked)).contractor.id
    kamai = await world.people.contractor(contractor_id)
    if not await _has_method(world, given, contractor_id):
        return
    await kamai.contractors.SubmitContractor(contractor_service_pb2.SubmitContractorRequest(id=contractor_id))

    async def read() -> Contractor:
        return (await kamai.contractors.GetContractor(contractor_service_pb2.GetContractorRequest(id=contractor_id))).contractor

    checked = await until(f"the checks of {given.key}", read, lambda found: found.state not in IN_CHECKS)
    if checked.state == contractor_pb2.CASE_STATE_ACTION_REQUIRED:
        _report_defects(world, given, checked)
        return
    await _review(world, given, contractor_id)
    decided = await read()
    if decided.state in APPROVED:
        world.contractors[given.key] = decided
    elif given.key not in world.decided:
        state = contractor_pb2.CaseState.Name(decided.state).removeprefix("CASE_STATE_")
        world.decided[given.key] = f"the case is {state}", f"`kamai contractors history {contractor_id}` says why"


async def _has_method(world: World, given: ContractorInput, contractor_id: str) -> bool:
    """Adds the payout method; False when it was refused, which is told by its own columns."""
    kamai, method = await world.people.contractor(contractor_id), payout_method_pb2.AddPayoutMethodRequest()
    method.CopyFrom(given.method)
    method.contractor_id = contractor_id
    added = []
    async with world.row(rows.FILE, given.line, rows.METHOD_COLUMNS, given.key):
        added.append(await kamai.payout_methods.AddPayoutMethod(method))
    return bool(added)


def _report_defects(world: World, given: ContractorInput, contractor: Contractor) -> None:
    for requirement in contractor.requirements:
        for defect in requirement.defects:
            field = defect.field.removeprefix("profile.").partition("[")[0].partition(".")[0]
            column = rows.PROFILE_COLUMNS.get(field, "account_fields" if field == "payout_methods" else "")
            world.problems.append(Problem(rows.FILE, given.line, column, defect.message or defect.code, given.key))


async def _review(world: World, given: ContractorInput, contractor_id: str) -> None:
    """One compliance officer takes the review; a risky case gets a second one. Every hit counts as a true match here."""
    first, second = await world.people.compliance(), await world.people.compliance(second=True)

    async def find() -> list[review_pb2.Review]:
        return list((await first.reviews.ListReviews(review_pb2.ListReviewsRequest(contractor_id=contractor_id))).reviews)

    review = (await until(f"the review of {given.key}", find, bool))[0]
    await first.reviews.ClaimReview(review_pb2.ClaimReviewRequest(id=review.id))
    if review.screening.candidates:
        await _confirm_hit(world, given, review)
        return
    reason = "identity, account and watchlists checked"
    approved = await first.reviews.ApproveReview(review_pb2.ApproveReviewRequest(id=review.id, reason=reason))
    if approved.review.state == review_pb2.REVIEW_STATE_PENDING_SECOND:
        await second.reviews.ApproveReview(review_pb2.ApproveReviewRequest(id=review.id, reason=f"second look: {reason}"))


async def _confirm_hit(world: World, given: ContractorInput, review: review_pb2.Review) -> None:
    officer = await world.people.compliance()
    best = review.screening.candidates[0]
    what = f"watchlist hit: {best.listed_name} ({best.list} {best.entry_id}, score {best.score:.2f})"
    for hit in review.screening.candidates:
        decision = screening_pb2.DecideScreeningHitRequest(
            contractor_id=review.contractor_id, list=hit.list, entry_id=hit.entry_id,
            decision=screening_pb2.HIT_DECISION_TRUE_MATCH, reason="name, birth date and nationality agree",
            candidate_etag=hit.etag,
        )  # fmt: skip
        await officer.screenings.DecideScreeningHit(decision)
    await officer.reviews.RejectReview(review_pb2.RejectReviewRequest(id=review.id, reason=what))
    world.decided[given.key] = f"{what}; confirmed, case rejected", "nothing: who is on a sanctions list is not paid"


async def open_accounts(world: World) -> None:
    """Freelancer accounts at partner banks, for those who are paid there."""
    concerned = [each for each in world.batch.contractors if each.method.partner_bank and each.key in world.contractors]
    if not concerned:
        return
    with world.stages.stage("freelancer accounts at partner banks", len(concerned)) as stage:

        async def one(given: ContractorInput) -> None:
            async with world.row(rows.FILE, given.line, {"bank": "partner_bank", "currency": "payout_currency"}, given.key):
                await _open_account(world, given)
            stage.step(given.profile.legal_name)

        await world.each(concerned, one)


async def _open_account(world: World, given: ContractorInput) -> None:
    contractor_id = world.contractors[given.key].id
    kamai, bank = await world.people.contractor(contractor_id), await world.people.partner_bank(given.method.partner_bank)
    asked = banking.ApplyForAccountRequest(
        contractor_id=contractor_id, bank=given.method.partner_bank, currency=given.method.currency
    )
    # payouts learns of the payout method by an event
    reply = await accepted(
        f"the payout method of {given.key} in payouts",
        lambda: kamai.accounts.ApplyForAccount(asked),
        EVENTS_UNDER_WAY,
    )
    opened = banking.DecideApplicationRequest(
        id=reply.account.id, decision=banking.APPLICATION_DECISION_OPEN, reason="identity verified by the platform"
    )
    await bank.accounts.DecideApplication(opened)
    active = await bank.accounts.ActivateAccount(banking.ActivateAccountRequest(id=reply.account.id))
    world.accounts[given.key] = active.account


async def import_late_list(world: World) -> None:
    """A list that comes after the work was accepted: everybody is screened again, and a hit stops the payout."""
    files = world.batch.late_watchlist
    if not files:
        return
    with world.stages.stage("a new list, everybody screened again", len(world.contractors)) as stage:
        reply = await import_watchlist(await world.people.platform(), LATE_LIST, files, accept_shrinking=True)
        wanted = f"{LATE_LIST}@{reply.watchlist.version}"
        officer = await world.people.compliance()

        async def one(contractor: Contractor) -> None:
            asked = screening_pb2.GetScreeningRequest(contractor_id=contractor.id)

            async def look() -> screening_pb2.Screening:
                return (await officer.screenings.GetScreening(asked)).screening

            await until(f"the screening against {wanted}", look, lambda found: wanted in found.list_versions)
            stage.step(contractor.profile.legal_name)

        await world.each(world.contractors.values(), one)
