"""Pages, the client without an event loop, and development tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chassis.rpc.tokens import TokenVerifier
from devstack.keys import Keys
from kamai.contracts.v1 import purchasing_pb2 as pb
from kamai.ops.v1 import event_admin_pb2
from kamai_client import DevTokens, Kamai, SyncKamai
from unit.client.answering import Answering


def paged(request: Any, _context: Any) -> Any:
    """Three pages of two organisations."""
    page = int(request.page_token or "0")
    found = [pb.Organisation(id=f"org_{page}{number}") for number in range(2)]
    return pb.ListOrganisationsResponse(organisations=found, next_page_token=str(page + 1) if page < 2 else "")


async def test_pages_gives_every_item(server: Answering) -> None:
    """Page by page, in order, with the caller's request left alone."""
    server.answers["ListOrganisations"] = paged
    request = pb.ListOrganisationsRequest(page_size=2)
    async with Kamai(contracts=server.address) as kamai:
        found = [each.id async for each in kamai.pages(kamai.organisations.ListOrganisations, request)]
    assert found == ["org_00", "org_01", "org_10", "org_11", "org_20", "org_21"]
    assert [call.request.page_size for call in server.calls] == [2, 2, 2]
    assert request.page_token == ""


async def test_pages_asks_only_for_what_is_wanted(server: Answering) -> None:
    """The second page is not asked for before the first is used up."""
    server.answers["ListOrganisations"] = paged
    async with Kamai(contracts=server.address) as kamai:
        async for _ in kamai.pages(kamai.organisations.ListOrganisations, pb.ListOrganisationsRequest()):
            break
    assert len(server.calls) == 1


def test_without_an_event_loop(server: Answering) -> None:
    """The same stubs, blocking; request ids and pages as well."""
    server.answers["ListOrganisations"] = paged
    with SyncKamai(contracts=server.address, token="t") as kamai:
        kamai.organisations.CreateOrganisation(pb.CreateOrganisationRequest(legal_name="L", country="US"))
        found = list(kamai.pages(kamai.organisations.ListOrganisations, pb.ListOrganisationsRequest()))
        kamai.failed_events("contracts").ListFailedEvents(event_admin_pb2.ListFailedEventsRequest())
    assert server.calls[0].request.request_id
    assert server.calls[0].metadata["authorization"] == "Bearer t"
    assert len(found) == 6


def test_development_tokens_are_accepted_by_the_services(keys: Keys) -> None:
    """Signed with the stack's key, named as in its key set, with subject, organisation and roles."""
    token = DevTokens(keys.token_key).sign("amina", "org_1", ["finance"])
    caller = TokenVerifier(keys.token_jwks, "kamai").verify(f"Bearer {token}")
    assert (caller.subject, caller.organisation_id, caller.roles) == ("amina", "org_1", frozenset({"finance"}))


def test_a_token_source_remembers(keys: Keys) -> None:
    """One signature serves many calls."""
    source = DevTokens(keys.token_key).source("amina")
    assert source() == source()


def test_a_key_that_is_not_of_the_set(keys: Keys, tmp_path: Path) -> None:
    """Said at once rather than refused by every service."""
    other = Keys(tmp_path)
    other.make_missing()
    with pytest.raises(ValueError, match="no key that belongs"):
        DevTokens(keys.token_key, other.token_jwks)
