"""What needs a second factor is bound to something, and services and client see the same in it."""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any

import pytest
from buf.validate import validate_pb2
from chassis.errors import StepUpRequired
from chassis.rpc import access
from chassis.rpc.call import Caller
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from kamai.type.v1 import access_pb2
from kamai_client.approvals import Approval, approval_of
from support.tokens import STEP_UP

PROTOS = Path(__file__).resolve().parents[2] / "protos"
POLICY = access.StepUpPolicy(("mfa",), 300)


def found() -> list[MethodDescriptor]:
    files = sorted((PROTOS / "kamai").rglob("*.proto"))
    modules = [importlib.import_module(".".join(each.relative_to(PROTOS).with_suffix("").parts) + "_pb2") for each in files]
    services = [service for module in modules for service in module.DESCRIPTOR.services_by_name.values()]
    methods = [method for service in services for method in service.methods]
    return [method for method in methods if method.GetOptions().Extensions[access_pb2.access].step_up]


def name_of(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


def test_the_methods_the_tests_know() -> None:
    """A token of the tests approves all of them."""
    assert sorted(map(name_of, found())) == sorted(STEP_UP)


@pytest.mark.parametrize("method", found(), ids=name_of)
def test_one_approval_is_for_one_action_on_one_thing(method: MethodDescriptor) -> None:
    """The request must name a digest or an id; what the client asks for suffices, another action or identifier does not."""
    named: Any = next(
        method.input_type.fields_by_name[name] for name in access.IDENTIFIERS if name in method.input_type.fields_by_name
    )
    assert named.GetOptions().Extensions[validate_pb2.field].string.pattern.startswith("^")
    request = GetMessageClass(method.input_type)(**{"id": "run_1", named.name: "ab12"})
    approval = approval_of(request)
    assert approval is not None
    assert approval == Approval(name_of(method), "ab12")

    def check(*approves: Approval) -> None:
        caller = Caller("ada", acr="mfa", authenticated_at=time.time(), approves=frozenset(approves))
        access.check_step_up(caller, f"/{name_of(method)}", request, POLICY)

    check(approval)
    for wrong in (
        (),
        (approval._replace(identifier="run_1"),) if named.name != "id" else (),
        (approval._replace(action="a.B/C"),),
    ):
        with pytest.raises(StepUpRequired) as refused:
            check(*wrong)
        assert refused.value.metadata["identifier"] == "ab12"
