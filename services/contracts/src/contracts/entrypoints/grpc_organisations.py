"""kamai.contracts.v1.OrganisationService."""

from __future__ import annotations

from typing import Any

from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import purchasing_pb2 as pb
from kamai.contracts.v1 import purchasing_pb2_grpc

from contracts.app.create_organisation import CreateOrganisation, create_organisation
from contracts.domain.organisation import Organisation
from contracts.entrypoints import messages
from contracts.entrypoints.lists import listed
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class OrganisationServicer(purchasing_pb2_grpc.OrganisationServiceServicer):
    def __init__(self, mutations: Mutations[Any]) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations

    async def CreateOrganisation(self, request: pb.CreateOrganisationRequest, context: Any) -> Any:
        command = CreateOrganisation(request.legal_name, request.country, request.external_id)

        async def work(uow: BoundUnitOfWork) -> pb.CreateOrganisationResponse:
            return pb.CreateOrganisationResponse(organisation=_message(await create_organisation(uow, command)))

        return await self._mutations.run(request, work)

    async def GetOrganisation(self, request: pb.GetOrganisationRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.GetOrganisationResponse:
            return pb.GetOrganisationResponse(organisation=_message(await uow.organisations.get(request.id)))

        return await self._mutations.read(work)

    async def ListOrganisations(self, request: pb.ListOrganisationsRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.ListOrganisationsResponse:
            given, token = await listed(request, uow.organisations.page)
            return pb.ListOrganisationsResponse(organisations=[_message(o) for o in given], next_page_token=token)

        return await self._mutations.read(work)


def _message(organisation: Organisation) -> pb.Organisation:
    return pb.Organisation(
        id=organisation.id,
        legal_name=organisation.legal_name,
        country=organisation.country,
        external_id=organisation.external_id,
        create_time=messages.moment(organisation.created_at),
        etag=str(organisation.version),
    )
