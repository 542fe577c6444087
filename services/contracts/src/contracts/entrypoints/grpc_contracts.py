"""kamai.contracts.v1.ContractService."""

from __future__ import annotations

from typing import Any

from chassis import ids
from chassis.rpc import history, pages
from chassis.rpc.mutations import Mutations
from kamai.contracts.v1 import contract_pb2 as pb
from kamai.contracts.v1 import contract_pb2_grpc

from contracts.app.decline_contract import DeclineContract, decline_contract
from contracts.app.draft_contract import DraftContract, draft_contract
from contracts.app.end_contract import EndContract, end_contract
from contracts.app.ports import DocumentRenderer
from contracts.app.propose_contract import DocumentSource, ProposeContract, document_source, propose_contract, render_if_new
from contracts.app.sign_contract import SignContract, sign_contract
from contracts.app.void_contract import VoidContract, void_contract
from contracts.domain.contract import Contract, Party
from contracts.entrypoints import messages
from contracts.entrypoints.messages_terms import read_terms, terms
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
            return pb.DraftContractResponse(contract=_message(await draft_contract(uow, command)))

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
            return pb.ProposeContractResponse(contract=_message(await propose_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def SignContract(self, request: pb.SignContractRequest, context: Any) -> Any:
        party = Party(pb.SigningParty.Name(request.party).removeprefix("SIGNING_PARTY_"))
        command = SignContract(request.id, party, request.signer_name, request.document_sha256)

        async def work(uow: BoundUnitOfWork) -> pb.SignContractResponse:
            return pb.SignContractResponse(contract=_message(await sign_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def DeclineContract(self, request: pb.DeclineContractRequest, context: Any) -> Any:
        command = DeclineContract(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.DeclineContractResponse:
            return pb.DeclineContractResponse(contract=_message(await decline_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def VoidContract(self, request: pb.VoidContractRequest, context: Any) -> Any:
        command = VoidContract(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.VoidContractResponse:
            return pb.VoidContractResponse(contract=_message(await void_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def EndContract(self, request: pb.EndContractRequest, context: Any) -> Any:
        command = EndContract(request.id, request.reason)

        async def work(uow: BoundUnitOfWork) -> pb.EndContractResponse:
            return pb.EndContractResponse(contract=_message(await end_contract(uow, command)))

        return await self._mutations.run(request, work)

    async def GetContract(self, request: pb.GetContractRequest, context: Any) -> Any:
        async def work(uow: BoundUnitOfWork) -> pb.GetContractResponse:
            return pb.GetContractResponse(contract=_message(await uow.contracts.get(request.id)))

        return await self._mutations.read(work)

    async def ListContracts(self, request: pb.ListContractsRequest, context: Any) -> Any:
        page = pages.of(request)
        states = [pb.ContractState.Name(state).removeprefix("CONTRACT_STATE_") for state in request.states]

        async def work(uow: BoundUnitOfWork) -> pb.ListContractsResponse:
            found = await uow.contracts.page(messages.query(request, page, states))
            given, token = pages.cut(page, found, lambda contract: ids.raw(contract.id))
            return pb.ListContractsResponse(contracts=[_message(c) for c in given], next_page_token=token)

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


def _message(contract: Contract) -> pb.Contract:
    return pb.Contract(
        id=contract.id,
        organisation_id=contract.organisation_id,
        contractor_id=contract.contractor_id,
        purchase_order_id=contract.purchase_order_id,
        state=pb.ContractState.Value(f"CONTRACT_STATE_{contract.state}"),
        terms=terms(contract.terms),
        terms_version=contract.terms_version,
        total=messages.money(contract.total),
        signatures=[
            pb.Signature(
                party=pb.SigningParty.Value(f"SIGNING_PARTY_{signature.party}"),
                signer_name=signature.signer_name,
                signed_by=signature.signed_by,
                signed_at=messages.moment(signature.signed_at),
                document_sha256=signature.document_sha256,
            )
            for signature in contract.signatures
        ],
        document_sha256=contract.document_sha256,
        external_id=contract.external_id,
        etag=str(contract.version),
        create_time=messages.moment(contract.created_at),
        update_time=messages.moment(contract.updated_at),
    )
