"""Marked personal data goes through the whole product; afterwards no mark is readable in anything the product leaves behind.

Files at the bank are not searched (a payment names its payee), nor the public lists' own entries.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
import uuid
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import grpc
import pytest
from devstack.options import SERVICES
from kamai.onboarding.v1 import contractor_pb2, contractor_service_pb2, payout_method_pb2
from kamai_client.demo import flow
from kamai_client.demo.inputs import batch
from kamai_client.target import Target
from kamai_client.tokens import SECOND_FACTOR, DevTokens
from rich.console import Console
from support.canary import places
from support.canary.marking import SHORTEST, marked_copy
from support.canary.searching import found
from support.security import stack as own_stack

pytestmark = [pytest.mark.xdist_group("canary"), pytest.mark.timeout(240)]

NOBODY = "contractor_" + "0" * 26


@dataclass
class Left:
    """What one run left behind, by place."""

    marks: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    dump: str = ""
    bytes_at: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def hits(self, kind: str) -> list[str]:
        looked_for = self.marks | self.secrets
        return sorted(f"{place}: {what}" for place, data in self.bytes_at[kind].items() for what in found(data, looked_for))


@pytest.fixture(scope="module")
async def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """The demo on a stack of its own, with marks, then wrong requests with marks."""
    root = tmp_path_factory.mktemp("canary")
    made = Left(marked_copy(own_stack.SAMPLE, root / "input"))
    async with own_stack.started(root) as stack:
        target = Target.of(stack.client_env())
        with (root / "input" / "told").open("w") as told:
            outcome = await flow.run(batch.read(root / "input"), target, Console(file=told), time.monotonic())
        assert not outcome.problems, outcome.problems
        refusals = await provoked(target, made.marks)
        made.secrets = places.secrets(stack)
        made.bytes_at = {
            "errors": refusals,
            "topics": await places.records(stack.kafka.bootstrap),
            "metrics": await asyncio.to_thread(places.metrics, stack),
            "processes": places.processes(stack),
        }
        made.dump = await asyncio.to_thread(places.dumped, stack.postgres.admin_dsn)
        made.bytes_at["files"] = places.files(root)
    made.bytes_at["logs"] = {name: stack.layout.log(name).read_bytes() for name in SERVICES}
    return made


async def provoked(target: Target, marks: dict[str, str]) -> dict[str, bytes]:
    """What services say of requests with marks where they cannot be, by request."""
    tokens = DevTokens(Path(target.dev_key))
    contractor = tokens.sign("canary", contractor_id=NOBODY)
    platform = tokens.sign("canary", acr=SECOND_FACTOR, auth_time=time.time())
    said = {}
    async with grpc.aio.insecure_channel(target.services["onboarding"], options=[("grpc.enable_http_proxy", 0)]) as channel:
        for name, method, request in wrong(marks):
            token = contractor if method.startswith("PayoutMethod") else platform
            call = channel.unary_unary(f"/kamai.onboarding.v1.{method}", request_serializer=lambda one: one.SerializeToString())
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call(request, metadata=(("authorization", f"Bearer {token}"),), timeout=20)
            assert refused.value.code().name in {"INVALID_ARGUMENT", "NOT_FOUND"}, (name, refused.value.details())
            trailers = [part if isinstance(part, bytes) else part.encode() for _, part in refused.value.trailing_metadata() or ()]
            said[name] = b"\n".join([str(refused.value.details()).encode(), *trailers])
    return said


def wrong(marks: dict[str, str]) -> list[tuple[str, str, Any]]:
    """Every kind of wrong value, made of marks: each is refused."""
    texts = sorted(set(marks.values()))
    one = "\n".join(texts)
    profile = contractor_pb2.ContractorProfile(
        legal_name=one[:900], person_type=1, email=one[:90], phone=texts[0], birth_date=texts[1], country=texts[2],
        nationalities=texts[:3], time_zone=texts[3], address_lines=[one[:900]] * 9, skills=[one[:200]],
        identity_numbers=[contractor_pb2.IdentityNumber(kind=texts[4], country="PK", value=f"{texts[5]}X")],
    )  # fmt: skip
    register = contractor_service_pb2.RegisterContractorRequest(request_id=one, external_id=one, profile=profile)
    listing = contractor_service_pb2.ListContractorsRequest(page_token=one[:400])
    found = [
        ("a profile with everything wrong", "ContractorService/RegisterContractor", register),
        ("ids that are none", "ContractorService/GetContractor", contractor_service_pb2.GetContractorRequest(id=one)),
        ("page tokens that are none", "ContractorService/ListContractors", listing),
    ]
    for number in (mark for what, mark in marks.items() if what.endswith(("iban", "account_number"))):
        add = payout_method_pb2.AddPayoutMethodRequest(
            contractor_id=NOBODY, country="DE", currency="EUR", holder_name=texts[0],
            fields={"iban": f"{number}0", number: number}, request_id=str(uuid.uuid4()),
        )  # fmt: skip
        found.append((f"account {number[:4]}", "PayoutMethodService/AddPayoutMethod", add))
    return found


def test_the_search_finds_what_is_there() -> None:
    """A mark in each form it may hide in, and nested; and nothing where nothing is."""
    marks, plain = {"it": "Zqcvxabckjw Mail"}, b"before Zqcvxabckjw Mail behind"
    packed, text = zlib.compress(plain), plain.decode()
    forms = [
        plain, plain.upper(), plain.lower(), quote(text).encode(), plain.hex().encode(), b"\\x" + plain.hex().upper().encode(),
        text.encode("utf-16-le"), text.encode("utf-16-be").hex().encode(), packed, b"%PDF stream\n" + packed + b"\nendstream",
        packed.hex().encode(), base64.b64encode(packed), base64.b64encode(plain.hex().encode()), json.dumps([text]).encode(),
        *(base64.b64encode(b"x" * shift + plain) for shift in range(3)),
        *(base64.urlsafe_b64encode(b"\xff" * shift + plain) for shift in range(3)),
    ]  # fmt: skip
    for form in forms:
        assert found(b"something " + form + b" else", marks) == ["it"], form
    assert found(b"zqcvxabckjw and mail" + b"00" * 40 + base64.b64encode(bytes(range(256))), marks) == []


def test_there_is_something_to_search(left: Left) -> None:
    """The run happened: tables have rows, topics have records, and the bank was paid."""
    assert len(left.marks) > 150
    assert all(len(mark) >= SHORTEST for mark in left.marks.values())
    assert sum(len(lines) for name, _, lines in places.tables(left.dump) if name) > 1000
    assert sum(map(len, left.bytes_at["topics"].values())) > 50_000
    assert len(left.bytes_at["errors"]) > 3
    assert all(left.bytes_at["logs"].values())


def test_no_mark_is_in_the_database(left: Left) -> None:
    """pg_dump of the whole database, as superuser; what is the public's, the entries of watchlists, is not ours."""
    hits = places.in_tables(left.dump, left.marks)
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize("kind", ["topics", "logs", "metrics", "errors", "processes", "files"])
def test_no_mark_or_secret_is_elsewhere(left: Left, kind: str) -> None:
    """Records with keys and headers, dead letters too; logs; metrics; error details; command lines and environments; files."""
    hits = left.hits(kind)
    assert not hits, "\n".join(hits)
