"""kamai.contracts.v1.ContractService."""

from __future__ import annotations

from typing import Any

from chassis.rpc import history
from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import contract_pb2 as pb
from kamai.contracts.v1 import contract_pb2_grpc

from contracts.app.budget_blockers import budget_blockers
from contracts.app.decline_contract import DeclineContract, decline_contract
from contracts.app.draft_contract import DraftContract, draft_contract
from contracts.app.end_contract import EndContract, end_contract
from contracts.app.ports import DocumentRenderer
from contracts.app.propose_contract import DocumentSource, ProposeContract, document_source, propose_contract, render_if_new
from contracts.app.sign_contract import SignContract, sign_contract
from contracts.app.void_contract import VoidContract, void_contract
from contracts.domain.contract import Contract, Party
from contracts.entrypoints import messages
from contracts.entrypoints.lists import listed
from contracts.entrypoints.messages_contract import contract_message
from contracts.entrypoints.messages_terms import read_terms
from contracts.entrypoints.unit_of_work import BoundUnitOfWork


class ContractServicer(contract_pb2_grpc.ContractServiceServicer):
    def __init__(self, mutations: Mutations[Any], renderer: DocumentRenderer) -> None:
        self._mutations: Mutations[BoundUnitOfWork] = mutations
        self._renderer = renderer

    async def DraftContract(self, request: pb.DraftContractRequest, context: Any) -> Any:
        contractor_id = messages.check_id(request.contractor_id, "contractor", "contractor_id")
        command = DraftContract(
            request.organisation_id, contractor_id, request.purchase_order_id, read_terms(request.terms), request.external_id
        )

        async def work(uow: BoundUnitOfWork) -> pb.DraftContractResponse:
            return pb.DraftContractResponse(contract=await _shown(uow, await draft_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def ProposeContract(self, request: pb.ProposeContractRequest, context: Any) -> Any:
        """The document is rendered between two transactions: neither a lock nor a connection waits for it."""
        sources: list[DocumentSource] = []

        async def source(uow: BoundUnitOfWork) -> pb.GetContractResponse:
            sources.append(await document_source(uow, request.id))
            return pb.GetContractResponse()

        await self._mutations.read(source)
        document = await render_if_new(self._renderer, sources[-1])
        command = ProposeContract(request.id, document, sources[-1].contract.version)

        async def work(uow: BoundUnitOfWork) -> pb.ProposeContractResponse:
            return pb.ProposeContractResponse(contract=await _shown(uow, await propose_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def SignContract(self, request: pb.SignContractRequest, context: Any) -> Any:
        party = Party(pb.SigningParty.Name(request.party).removeprefix("SIGNING_PARTY_"))
        command = SignContract(request.id, party, request.signer_name, request.document_sha256)

        async def work(uow: BoundUnitOfWork) -> pb.SignContractResponse:
            return pb.SignContractResponse(contract=await _shown(uow, await sign_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def DeclineContract(self, request: pb.DeclineContractRequest, context: Any) -> Any:
        command = DeclineContract(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.DeclineContractResponse:
            return pb.DeclineContractResponse(contract=await _shown(uow, await decline_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def VoidContract(self, request: pb.VoidContractRequest, context: Any) -> Any:
        command = VoidContract(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.VoidContractResponse:
            return pb.VoidContractResponse(contract=await _shown(uow, await void_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def EndContract(self, request: pb.EndContractRequest, context: Any) -> Any:
        command = EndContract(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.EndContractResponse:
            return pb.EndContractResponse(contract=await _shown(uow, await end_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def GetContract(self, request: pb.GetContractRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.GetContractResponse:
            return pb.GetContractResponse(contract=await _shown(uow, await uow.contracts.get(request.id)))

        return await self._mutations.read(work)

    async def ListContracts(self, request: pb.ListContractsRequest, context: Any) -> Any:
        states = [pb.ContractState.Name(state).removeprefix("CONTRACT_STATE_") for state in request.states]

        async def work(uow: BoundUnitOfWork) -> pb.ListContractsResponse:
            given, token = await listed(request, uow.contracts.page, states)
            blockers = await budget_blockers(uow, given)
            messages_of = [contract_message(each, blockers.get(each.id)) for each in given]
            return pb.ListContractsResponse(contracts=messages_of, next_page_token=token)

        return await self._mutations.read(work)

    async def GetContractDocument(self, request: pb.GetContractDocumentRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.GetContractDocumentResponse:
            document = await uow.contracts.document(await uow.contracts.get(request.id))
            return pb.GetContractDocumentResponse(pdf=document.pdf, sha256=document.sha256)

        return await self._mutations.read(work)

    async def ListContractTransitions(self, request: pb.ListContractTransitionsRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.ListContractTransitionsResponse:
            await uow.contracts.get(request.id)  # another tenant's history is not found either
            steps, token = await history.page(uow.connection, request)
            return pb.ListContractTransitionsResponse(transitions=steps, next_page_token=token)

        return await self._mutations.read(work)


async def _shown(uow: BoundUnitOfWork, contract: Contract) -> pb.Contract:
    return contract_message(contract, (await budget_blockers(uow, [contract])).get(contract.id))
