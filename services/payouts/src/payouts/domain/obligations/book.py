"""Attempts and their obligations under change: every verb of a line goes through here, whoever causes it.

A book is filled with locked rows, takes verbs in the order in which things happened, and gives back what has to be written: the
rows after the change and one step per move. Each step is one event; an obligation's version counts the steps of itself and of its
tries, so that its events are gap-free.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from chassis.errors import IllegalState

from payouts.domain.failure_codes import Failure
from payouts.domain.obligations.model import Attempt, Obligation
from payouts.domain.obligations.states import ATTEMPTS, OBLIGATIONS, AttemptState, ObligationState


@dataclass(frozen=True, slots=True)
class ObligationMoved:
    """`from_state` is "" for a new one; `obligation` is as it is after the step."""

    obligation: Obligation
    from_state: str
    reason: str


@dataclass(frozen=True, slots=True)
class AttemptMoved:
    """`version` is the obligation's after the step."""

    attempt: Attempt
    invoice_id: UUID
    version: int
    from_state: str
    reason: str


Step = ObligationMoved | AttemptMoved


class LineBook:
    def __init__(self, attempts: Iterable[Attempt], obligations: Iterable[Obligation]) -> None:
        self.attempts = {attempt.id: attempt for attempt in attempts}
        self._before = dict(self.attempts)
        self.obligations = {obligation.id: obligation for obligation in obligations}
        self._by_reference = {attempt.end_to_end_id: attempt.id for attempt in self.attempts.values()}
        self.versions_before = {obligation.id: obligation.version for obligation in self.obligations.values()}
        self.steps: list[Step] = []
        self.changed: set[UUID] = set()

    def find(self, end_to_end_id: str) -> Attempt | None:
        attempt_id = self._by_reference.get(end_to_end_id)
        return self.attempts[attempt_id] if attempt_id else None

    def rewritten(self) -> list[Attempt]:
        """Attempts that are not what they were: a new line's first step changes nothing of its row. In the order of ids."""
        return [self.attempts[each] for each in sorted(self.changed) if self.attempts[each] is not self._before[each]]

    def can(self, attempt_id: UUID, verb: str) -> bool:
        return verb in ATTEMPTS.verbs(self.attempts[attempt_id].state)

    def plan(self, attempt_id: UUID) -> None:
        """The first step of a new line."""
        attempt = self.attempts[attempt_id]
        obligation = self.obligations[attempt.obligation_id]
        self.obligations[obligation.id] = replace(obligation, attempts=attempt.number)
        self._attempt_step(attempt, "", "planned")
        self._move_obligation(attempt, "schedule", "in a payout run")

    def hold(self, attempt_id: UUID, reason: str) -> None:
        self._move(attempt_id, "hold", reason)

    def make_ready(self, attempt_id: UUID) -> None:
        self._move(attempt_id, "make_ready", "screened again, no hit")

    def reserve(self, attempt_id: UUID) -> None:
        self._move(attempt_id, "reserve", "money reserved")

    def submit(self, attempt_id: UUID, bank_message_id: UUID) -> None:
        attempt = self._move(attempt_id, "submit", "bank file written", bank_message_id=bank_message_id)
        self._move_obligation(attempt, "submit", "handed to the bank")

    def cancel(self, attempt_id: UUID, reason: str) -> None:
        """Withdrawn before it was handed over: the obligation is open again."""
        attempt = self._move(attempt_id, "cancel", reason)
        self._release(attempt, reason)

    def accept(self, attempt_id: UUID, reason: str) -> None:
        self._move(attempt_id, "accept", reason)

    def lose_sight(self, attempt_id: UUID, reason: str) -> None:
        self._move(attempt_id, "lose_sight", reason)

    def reject(self, attempt_id: UUID, failure: Failure, reason: str) -> None:
        attempt = self._move(attempt_id, "reject", reason, **_failed(failure))
        self._release(attempt, f"rejected: {failure.code}")

    def credit(self, attempt_id: UUID, reason: str) -> None:
        """The bank has booked it. What the beneficiary's bank reported before counts, else what was sent."""
        attempt = self._move(attempt_id, "credit", reason)
        self._settle(attempt, _reported(attempt))

    def report_credited(self, attempt_id: UUID, credited_minor: int) -> None:
        """The beneficiary's bank says how much it credited; more than was sent is not ours to count."""
        before = self.attempts[attempt_id]
        attempt = replace(before, credited_minor=credited_minor)
        self.attempts[attempt_id] = attempt
        self.changed.add(attempt_id)
        if attempt.state is AttemptState.CREDITED:
            self._attempt_step(attempt, attempt.state, "reported by the beneficiary's bank")
            self._settle(attempt, _reported(attempt) - _reported(before))

    def give_back(self, attempt_id: UUID, returned_minor: int, failure: Failure, reason: str) -> None:
        """It came back, in full or short: the contractor has nothing of it, so all of it is owed again."""
        attempt = self._move(attempt_id, "return", reason, returned_minor=returned_minor, **_failed(failure))
        self._count(attempt, -_reported(attempt))
        if not self._overtaken(attempt):
            self._release(attempt, f"returned: {failure.code}")

    def note(self, attempt_id: UUID, **facts: Any) -> None:
        """Facts that move nothing, such as which entry a return was seen in."""
        self.attempts[attempt_id] = replace(self.attempts[attempt_id], **facts)
        self.changed.add(attempt_id)

    def _count(self, attempt: Attempt, minor: int) -> Obligation:
        """Tries add up: one that was credited short may have been topped up by another."""
        before = self.obligations[attempt.obligation_id]
        after = replace(before, credited_minor=max(0, before.credited_minor + minor))
        self.obligations[after.id] = after
        return after

    def _overtaken(self, attempt: Attempt) -> bool:
        """Whether a top-up of it is on its way: the obligation follows that one."""
        obligation = self.obligations[attempt.obligation_id]
        under_way = obligation.state in (ObligationState.SCHEDULED, ObligationState.IN_FLIGHT)
        return under_way and attempt.number != obligation.attempts

    def _settle(self, attempt: Attempt, minor: int) -> None:
        obligation = self._count(attempt, minor)
        if self._overtaken(attempt):
            return
        full = obligation.outstanding_minor <= 0
        verb, target = ("pay", ObligationState.PAID) if full else ("pay_short", ObligationState.SHORT_PAID)
        if obligation.state is not target:
            self._move_obligation(attempt, verb, "credited in full" if full else "credited short")

    def _release(self, attempt: Attempt, reason: str) -> None:
        """What other tries have brought stays: the obligation is open again, or as short as it was before its top-up."""
        if self.obligations[attempt.obligation_id].credited_minor:
            self._settle(attempt, 0)
        else:
            self._move_obligation(attempt, "release", reason)

    def _move(self, attempt_id: UUID, verb: str, reason: str, **facts: Any) -> Attempt:
        attempt = self.attempts[attempt_id]
        try:
            target = ATTEMPTS.next(attempt.state, verb)
        except IllegalState as error:
            error.metadata["end_to_end_id"] = attempt.end_to_end_id
            raise
        moved = replace(attempt, state=target, **facts)
        self._attempt_step(moved, attempt.state, reason)
        return moved

    def _attempt_step(self, attempt: Attempt, from_state: str, reason: str) -> None:
        self.attempts[attempt.id] = attempt
        self.changed.add(attempt.id)
        obligation = self.obligations[attempt.obligation_id]
        obligation = replace(obligation, version=obligation.version + 1)
        self.obligations[obligation.id] = obligation
        self.steps.append(AttemptMoved(attempt, obligation.invoice_id, obligation.version, from_state, reason))

    def _move_obligation(self, attempt: Attempt, verb: str, reason: str) -> None:
        before = self.obligations[attempt.obligation_id]
        after = replace(before, state=OBLIGATIONS.next(before.state, verb), version=before.version + 1)
        self.obligations[after.id] = after
        self.steps.append(ObligationMoved(after, before.state, reason))


def _reported(attempt: Attempt) -> int:
    return attempt.net_minor if attempt.credited_minor is None else min(attempt.credited_minor, attempt.net_minor)


def _failed(failure: Failure) -> dict[str, str]:
    return {"failure_code": failure.code.value, "bank_code": failure.rail_code or "", "failure_text": failure.text[:500]}
