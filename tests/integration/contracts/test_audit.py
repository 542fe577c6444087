"""What the audit trail of this service tells of a call."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from chassis.audit.trail import Trail
from chassis.ids import raw
from chassis.rpc.call import canonical
from integration.contracts.client_side import Kamai, refused, request_id
from integration.contracts.test_budget import held_invoice
from kamai.contracts.v1 import contract_pb2, invoice_pb2, purchasing_pb2, work_pb2


async def entries(kamai: Kamai, request: Any) -> list[Any]:
    """Of one request id."""
    found: list[Any] = await kamai.pool.fetch("SELECT * FROM audit_entry WHERE request_id = $1", request.request_id)
    return found


async def test_a_change_has_both_digests(kamai: Kamai) -> None:
    """Contract, order and work: before and after differ, all that was touched is named; a repeat adds nothing."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    item = await kamai.submitted_milestone(contract.id)
    accept = work_pb2.AcceptMilestoneRequest(request_id=request_id(), id=item.id)
    end = contract_pb2.EndContractRequest(request_id=request_id(), id=contract.id, reason="project over")
    calls: list[tuple[Any, Any]] = [(kamai.milestones.AcceptMilestone, accept), (kamai.contracts.EndContract, end)]
    for method, request in calls:
        for _ in range(2):
            await method(request, **kamai.as_())
        [entry] = await entries(kamai, request)
        assert entry["kind"] == "CHANGE"
        assert entry["before_digest"] not in (None, entry["after_digest"])
        assert entry["after_digest"] is not None
        assert {request.id, contract.purchase_order_id} <= set(entry["subjects"])
        assert entry["organisation_id"] == raw(contract.organisation_id)


async def test_whatever_is_changed_was_seen_before(kamai: Kamai, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that ends with its contract, or loses its invoice: its state before is in the digest as that after it is."""
    noted: list[tuple[set[str], set[str]]] = []
    combined = Trail.combined_after

    def noting(trail: Trail) -> bytes | None:
        noted.append((set(trail.before), set(trail.after)))
        return combined(trail)

    _, item = await held_invoice(kamai)
    monkeypatch.setattr(Trail, "combined_after", noting)
    void = invoice_pb2.VoidInvoiceRequest(request_id=request_id(), id=item.invoice_id, reason="wrong month")
    await kamai.invoices.VoidInvoice(void, **kamai.as_())
    [(before, after)] = noted
    assert item.id in before & after
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    noted.clear()
    await kamai.end(contract.id)
    [(before, after)] = noted
    assert after <= before
    assert any(each.startswith("work_") for each in after)


async def test_what_is_made_has_no_digest_before(kamai: Kamai) -> None:
    """A new purchase order: the state after it alone."""
    organisation = await kamai.organisation()
    order = await kamai.order(organisation, 10_00)
    [entry] = await kamai.pool.fetch("SELECT * FROM audit_entry WHERE subjects @> ARRAY[$1]", order)
    assert (entry["before_digest"], len(entry["after_digest"])) == (None, 32)


async def test_a_failed_call_leaves_nothing(kamai: Kamai) -> None:
    """Refused after its contract was locked and read: no entry."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    void = contract_pb2.VoidContractRequest(request_id=request_id(), id=contract.id, reason="too late")
    await refused(kamai.contracts.VoidContract(void, **kamai.as_()))
    amend = purchasing_pb2.AmendPurchaseOrderRequest(request_id=request_id(), id=contract.purchase_order_id, etag="0")
    await refused(kamai.orders.AmendPurchaseOrder(amend, **kamai.as_()))
    assert not [*await entries(kamai, void), *await entries(kamai, amend)]


async def test_reading_a_document_is_an_entry(kamai: Kamai) -> None:
    """One entry of kind READ for each reading; the digest is that of just this request, and tells it to nobody outside."""
    contract = await kamai.active(kamai.terms(fixed=kamai.fixed(10_00)))
    before = await kamai.pool.fetchval("SELECT max(id) FROM audit_entry")
    request = contract_pb2.GetContractDocumentRequest(id=contract.id)
    for asked in (request, request):
        await kamai.contracts.GetContractDocument(asked, **kamai.contractor)
    await kamai.contracts.GetContract(contract_pb2.GetContractRequest(id=contract.id), **kamai.contractor)
    found = await kamai.pool.fetch("SELECT * FROM audit_entry WHERE id > $1 AND kind = 'READ' ORDER BY id", before)
    service = "/kamai.contracts.v1.ContractService"
    assert [each["method"] for each in found] == [f"{service}/GetContractDocument"] * 2 + [f"{service}/GetContract"]
    first, again, another = (each["request_digest"] for each in found)
    assert first == again != another
    assert first != hashlib.sha256(canonical(found[0]["method"], request)).digest()
