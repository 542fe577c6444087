"""Pages, the client without an event loop, and development tokens."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chassis.identity.authenticator import Authenticator
from chassis.ids import RandomIds
from chassis.rpc import access
from chassis.rpc.call import Caller
from chassis.settings import ServiceSettings
from devstack.keys import Keys
from kamai.contracts.v1 import purchasing_pb2 as pb
from kamai.ops.v1 import event_admin_pb2
from kamai_client import DevTokens, Kamai, SyncKamai
from kamai_client.approvals import Approval
from kamai_client.tokens import ISSUER, ROLES, ROLES_BY_BINDING
from pydantic import SecretStr
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


async def test_development_tokens_are_accepted_by_the_services(keys: Keys) -> None:
    """Signed with the stack's key, named as in its key set, with subject, organisation, roles and second factor."""
    settings = ServiceSettings(
        env="development", database_url=SecretStr("-"), token_keys=keys.token_jwks, vault_directory=keys.root_keys("onboarding")
    )
    services, dev = Authenticator(settings), DevTokens(keys.token_key)
    organisation_id, contractor_id = RandomIds().new("org"), RandomIds().new("contractor")
    for token, expected in (
        (dev.sign("amina", organisation_id, ["finance_maker"]), Caller("amina", organisation_id, frozenset({"finance_maker"}))),
        (dev.sign("amina", organisation_id), Caller("amina", organisation_id, frozenset(ROLES_BY_BINDING["org"]))),
        (dev.sign("c", contractor_id=contractor_id), Caller("c", "", frozenset({"contractor"}), contractor_id)),
        (dev.sign("b", bank="indus"), Caller("b", roles=frozenset({"bank"}), bank="indus")),
        (dev.sign("yusuf"), Caller("yusuf", roles=frozenset(ROLES_BY_BINDING[""]))),
        (
            dev.sign("yusuf", acr="phr", auth_time=5, approves=[Approval("a.B/C", "sha256:1")]),
            Caller("yusuf", "", frozenset(ROLES_BY_BINDING[""]), "", "", "phr", 5.0, frozenset({("a.B/C", "sha256:1")})),
        ),
    ):
        found = await services.authenticate({"authorization": f"Bearer {token}"}, {})
        assert found == replace(expected, credential=ISSUER)
    approving = await services.authenticate(
        {"authorization": f"Bearer {dev.sign('yusuf', approves=[Approval('a.B/C', 'd')])}"}, {}
    )
    assert approving.acr == "mfa"
    assert approving.authenticated_at == pytest.approx(time.time(), abs=5)
    assert set(ROLES) == access.ROLES


def test_a_token_has_one_binding(keys: Keys) -> None:
    """A bank is no organisation."""
    with pytest.raises(ValueError, match="bound to one"):
        DevTokens(keys.token_key).sign("x", "org_1", bank="indus")


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
