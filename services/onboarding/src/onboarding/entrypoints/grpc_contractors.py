"""ContractorService: protobuf to command, domain to protobuf."""

from __future__ import annotations

from typing import Any

from chassis import ids
from chassis.clock import Clock
from chassis.errors import InvalidFields, Violation
from chassis.rpc import history, pages, validation
from kamai.onboarding.v1 import contractor_pb2
from kamai.onboarding.v1 import contractor_service_pb2 as pb
from kamai.onboarding.v1.contractor_service_pb2_grpc import ContractorServiceServicer

from onboarding.app.close_contractor import CloseContractor, close_contractor
from onboarding.app.ports import Checks, ContractorFilter
from onboarding.app.register_contractor import RegisterContractor, register_contractor
from onboarding.app.reinstate_contractor import ReinstateContractor, reinstate_contractor
from onboarding.app.submit_contractor import SubmitContractor, submit_contractor
from onboarding.app.suspend_contractor import SuspendContractor, suspend_contractor
from onboarding.app.update_contractor import UpdateContractor, update_contractor
from onboarding.domain.capabilities import Capability
from onboarding.domain.case_states import CaseState
from onboarding.domain.requirements import catalogue
from onboarding.entrypoints import messages
from onboarding.entrypoints.session import Calls, Session


class ContractorServicer(ContractorServiceServicer):
    def __init__(self, calls: Calls, checks: Checks, clock: Clock) -> None:
        self._calls, self._checks, self._clock = calls, checks, clock

    async def GetRequirements(self, request: pb.GetRequirementsRequest, context: Any) -> Any:
        pack = self._checks.rules.pack(request.country, messages.person_type_of(request.person_type), self._clock.now().date())
        name = contractor_pb2.Capability.Name(request.capability).removeprefix("CAPABILITY_")
        asked = catalogue(pack, Capability(name) if request.capability else None)
        return pb.GetRequirementsResponse(requirements=[messages.requirement(r) for r in asked], rule_pack_version=pack.version)

    async def RegisterContractor(self, request: pb.RegisterContractorRequest, context: Any) -> Any:
        command = RegisterContractor(messages.profile_of(request.profile), request.external_id)

        async def work(uow: Session) -> pb.RegisterContractorResponse:
            registered = await register_contractor(uow, self._checks, command)
            return pb.RegisterContractorResponse(contractor=messages.contractor(registered, uow))

        return await self._calls.run(request, work)

    async def GetContractor(self, request: pb.GetContractorRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.GetContractorResponse:
            return pb.GetContractorResponse(contractor=messages.contractor(await uow.contractors.get(request.id), uow))

        return await self._calls.read(work)

    async def ListContractors(self, request: pb.ListContractorsRequest, context: Any) -> Any:
        page = pages.of(request)
        names = [contractor_pb2.CaseState.Name(state).removeprefix("CASE_STATE_") for state in request.states if state]
        wanted = ContractorFilter(tuple(map(CaseState, names)), request.country, request.external_id)

        async def work(uow: Session) -> pb.ListContractorsResponse:
            found = await uow.contractors.page(wanted, page.after, page.fetch)
            given, token = pages.cut(page, found, lambda contractor: ids.raw(contractor.id))
            return pb.ListContractorsResponse(contractors=[messages.contractor(c, uow) for c in given], next_page_token=token)

        return await self._calls.read(work)

    async def UpdateContractor(self, request: pb.UpdateContractorRequest, context: Any) -> Any:
        command = UpdateContractor(request.id, request.etag, _changes(request))

        async def work(uow: Session) -> pb.UpdateContractorResponse:
            updated = await update_contractor(uow, self._checks, command)
            return pb.UpdateContractorResponse(contractor=messages.contractor(updated, uow))

        return await self._calls.run(request, work)

    async def SubmitContractor(self, request: pb.SubmitContractorRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.SubmitContractorResponse:
            submitted = await submit_contractor(uow, self._checks, SubmitContractor(request.id))
            return pb.SubmitContractorResponse(contractor=messages.contractor(submitted, uow))

        return await self._calls.run(request, work)

    async def SuspendContractor(self, request: pb.SuspendContractorRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.SuspendContractorResponse:
            suspended = await suspend_contractor(uow, self._checks, SuspendContractor(request.id, request.reason))
            return pb.SuspendContractorResponse(contractor=messages.contractor(suspended, uow))

        return await self._calls.run(request, work)

    async def ReinstateContractor(self, request: pb.ReinstateContractorRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.ReinstateContractorResponse:
            reinstated = await reinstate_contractor(uow, self._checks, ReinstateContractor(request.id, request.reason))
            return pb.ReinstateContractorResponse(contractor=messages.contractor(reinstated, uow))

        return await self._calls.run(request, work)

    async def CloseContractor(self, request: pb.CloseContractorRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.CloseContractorResponse:
            closed = await close_contractor(uow, self._checks, CloseContractor(request.id, request.reason))
            return pb.CloseContractorResponse(contractor=messages.contractor(closed, uow))

        return await self._calls.run(request, work)

    async def ListContractorTransitions(self, request: pb.ListContractorTransitionsRequest, context: Any) -> Any:
        async def work(uow: Session) -> pb.ListContractorTransitionsResponse:
            await uow.contractors.get(request.id)
            steps, token = await history.page(uow.connection, request)
            remarks = await uow.contractors.remarks(request.id)
            for step in steps:
                step.reason = remarks.get(step.version, step.reason)
            return pb.ListContractorTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._calls.read(work)


_FIELDS = tuple(field.name for field in contractor_pb2.ContractorProfile.DESCRIPTOR.fields)


def _changes(request: pb.UpdateContractorRequest) -> dict[str, Any]:
    """New values of the fields in the mask; raises InvalidFields for paths that are none and for values that break a rule."""
    paths = list(dict.fromkeys(request.update_mask.paths))
    unknown = [
        Violation(f"update_mask.paths[{place}]", f"is no field of the profile; fields are {', '.join(_FIELDS)}", "UNKNOWN_FIELD")
        for place, path in enumerate(request.update_mask.paths)
        if path not in _FIELDS
    ]
    if unknown or not paths:
        raise InvalidFields(unknown or [Violation("update_mask.paths", "name at least one field", "REQUIRED")])
    profile = messages.profile_of(_checked(request.profile, paths))
    return {path: getattr(profile, path) for path in paths}


def _checked(given: contractor_pb2.ContractorProfile, paths: list[str]) -> contractor_pb2.ContractorProfile:
    """The fields of the mask, held against their rules. An acceptable value stands in for every other field."""
    probe: Any = contractor_pb2.ContractorProfile(legal_name="-", country="PK", email="nobody@example.com")
    probe.person_type = contractor_pb2.PERSON_TYPE_INDIVIDUAL
    bare: Any = contractor_pb2.ContractorProfile()
    bare.CopyFrom(given)
    for name in _FIELDS:
        (probe if name in paths else bare).ClearField(name)
    probe.MergeFrom(bare)
    try:
        validation.check(probe)
    except InvalidFields as error:
        found = [Violation(f"profile.{v.field}", v.message, v.code) for v in error.violations]
        raise InvalidFields(found) from None
    checked: contractor_pb2.ContractorProfile = probe
    return checked
