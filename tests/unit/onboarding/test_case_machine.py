"""The case as a machine: whatever verbs come in whatever order, the rules of capabilities and events hold."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from chassis.errors import IllegalState
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from onboarding.domain import contractor as cases
from onboarding.domain.capabilities import Capability, CapabilityState, Facts
from onboarding.domain.case_states import APPROVED_STATES, CASES, CaseState
from onboarding.domain.contractor import Changed, Contractor
from onboarding.domain.events import CapabilitiesChanged, ContractorStateChanged, Event
from onboarding.domain.party import Party
from onboarding.domain.profile import PersonType, Profile
from onboarding.domain.requirements import Phase, Requirement
from onboarding.domain.screening import ScreeningCase, ScreeningState

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PROFILE = Profile("Sample Person", PersonType.INDIVIDUAL, "PK")
MISSING = (Requirement("PROFILE", "", (), Phase.CURRENTLY_DUE, ()),)
LATER = (Requirement("TAX", "", (), Phase.EVENTUALLY_DUE, (), due_days=90),)


def _screening(state: ScreeningState) -> ScreeningCase:
    return ScreeningCase("contractor_1", "f", state, (), (), NOW)


class CaseMachine(RuleBasedStateMachine):
    """Plays verbs with changing facts."""

    @initialize()
    def begin(self) -> None:
        self.facts = Facts(False, None)
        self.history: list[CaseState] = []
        registered, happened = cases.register("contractor_1", "", "", PROFILE, (), self.facts, NOW)
        self.case: Contractor = registered
        self.told = registered.capabilities
        self.follow(happened)

    def follow(self, happened: list[Event]) -> None:
        """What a consumer of the events would know."""
        for event in happened:
            if isinstance(event, ContractorStateChanged):
                assert event.from_state is (self.history[-1] if self.history else None)
                self.history.append(event.to_state)
            if isinstance(event, CapabilitiesChanged):
                self.told = event.capabilities

    def play(self, changed: Changed) -> None:
        self.case, happened = changed
        self.follow(happened)

    def attempt(self, changed: Callable[[], Changed]) -> None:
        """A verb that the state refuses changes nothing."""
        with contextlib.suppress(IllegalState):
            self.play(changed())

    @rule(has_method=st.booleans())
    def change_method(self, has_method: bool) -> None:
        self.facts = Facts(has_method, self.facts.screening)
        self.play(cases.refresh(self.case, self.facts))

    @rule(state=st.sampled_from(ScreeningState))
    def screen(self, state: ScreeningState) -> None:
        self.facts = Facts(self.facts.has_payout_method, state)
        self.play(cases.screened(self.case, _screening(state), self.facts))

    @rule(requirements=st.sampled_from([(), MISSING, LATER]))
    def submit(self, requirements: tuple[Requirement, ...]) -> None:
        self.attempt(lambda: cases.submit(self.case, requirements, self.facts))

    @rule(verb=st.sampled_from(["approve", "reject", "request_information", "suspend", "reinstate"]))
    def decide(self, verb: str) -> None:
        arguments = (self.case, self.facts, "because")
        more = (NOW,) if verb == "approve" else ()
        self.attempt(lambda: getattr(cases, verb)(*arguments, *more))

    @rule(sure=st.integers(0, 9))
    def close(self, sure: int) -> None:
        if sure == 0:
            self.attempt(lambda: cases.close(self.case, self.facts, "because"))

    @invariant()
    def events_tell_everything(self) -> None:
        """A consumer that only sees events has the state and the capabilities of the case."""
        assert self.history[-1] is self.case.state
        assert self.told == self.case.capabilities

    @invariant()
    def payout_needs_everything(self) -> None:
        """RECEIVE_PAYOUT is active only for an approved, screened, undisputed case with a method; else the reason is named."""
        [status] = [s for s in self.case.capabilities if s.capability is Capability.RECEIVE_PAYOUT]
        approved = self.case.state in APPROVED_STATES
        clear = self.facts.screening is ScreeningState.NO_HIT
        assert (status.state is CapabilityState.ACTIVE) == (approved and clear and self.facts.has_payout_method)
        assert (status.reason_code != "") == (status.state is not CapabilityState.ACTIVE)
        if approved and self.facts.screening in (ScreeningState.IN_REVIEW, ScreeningState.CONFIRMED):
            assert (status.reason_code, status.who_acts) == ("SCREENING_HIT", Party.COMPLIANCE)

    @invariant()
    def suspended_remembers(self) -> None:
        """A suspended case knows where it came from, any other knows nothing of it."""
        assert (self.case.suspended_from is not None) == (self.case.state is CaseState.SUSPENDED)


CaseMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
test_case_machine = CaseMachine.TestCase


def test_suspension_returns_to_every_state() -> None:
    """From each live state, suspended and reinstated, the case is where it was."""
    base, _ = cases.register("contractor_1", "", "", PROFILE, (), Facts(True, None), NOW)
    live = [state for state in CaseState if "suspend" in CASES.verbs(state)]
    assert len(live) == 9
    for state in live:
        case = replace(base, state=state)
        suspended, _ = cases.suspend(case, Facts(True, None), "doubts")
        back, _ = cases.reinstate(suspended, Facts(True, None), "cleared")
        assert (back.state, back.suspended_from) == (state, None)


def test_approval_with_later_requirements_sets_the_day() -> None:
    """The day something falls due is the approval plus the rule's days, on the requirement and on the case."""
    base, _ = cases.register("contractor_1", "", "", PROFILE, LATER, Facts(True, ScreeningState.NO_HIT), NOW)
    case = replace(base, state=CaseState.IN_REVIEW)
    approved, _ = cases.approve(case, Facts(True, ScreeningState.NO_HIT), "fine", NOW)
    assert approved.state is CaseState.APPROVED_WITH_DUE
    assert approved.required_by is not None
    assert (approved.required_by - NOW).days == 90
    assert approved.requirements[0].due_at == approved.required_by


def test_over_is_over() -> None:
    """A closed case takes no method and no verb."""
    base, _ = cases.register("contractor_1", "", "", PROFILE, (), Facts(True, None), NOW)
    closed, _ = cases.close(base, Facts(True, None), "left")
    with pytest.raises(IllegalState):
        cases.require_live(closed, "add a payout method")
    with pytest.raises(IllegalState):
        cases.suspend(closed, Facts(True, None), "doubts")
