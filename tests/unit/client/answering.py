"""A real gRPC server in this process that knows every method of the protos and answers as a test says."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import kamai
from chassis import errors
from chassis.rpc import status
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_status import rpc_status

Answer = Callable[[Any, Any], Any]
Run = Callable[..., Any]
"""Runs a command line of `kamai`; `{dir}` in it is a folder, `{sha}` the digest below."""
SHA = "a" * 64


def methods() -> dict[str, MethodDescriptor]:
    """Every method of the protos by its path, /package.Service/Method."""
    found = {}
    for module in pkgutil.walk_packages(kamai.__path__, "kamai."):
        if module.name.endswith("_pb2"):
            descriptor = importlib.import_module(module.name).DESCRIPTOR
            for service in descriptor.services_by_name.values():
                for method in service.methods:
                    found[f"/{service.full_name}/{method.name}"] = method
    return found


@dataclass
class Call:
    """One call that arrived."""

    method: str
    request: Any
    metadata: dict[str, str]
    remaining_s: float | None


@dataclass
class Answering(grpc.GenericRpcHandler):
    """`answers`: by the bare name of a method; others get an empty reply."""

    address: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    known: dict[str, MethodDescriptor] = field(default_factory=methods)

    def refuse(self, method: str, sent: errors.KamaiError) -> None:
        """Answers a method as a service does that raised `sent`."""

        def answer(_request: Any, context: Any) -> Any:
            context.abort_with_status(rpc_status.to_status(status.of(sent)))

        self.answers[method] = answer

    def service(self, handler_call_details: Any) -> Any:
        path = handler_call_details.method
        method = self.known[path]
        request: Any = GetMessageClass(method.input_type)
        reply: Any = GetMessageClass(method.output_type)
        answer = self.answers.get(method.name, lambda _request, _context: reply())

        def note(given: Any, context: Any) -> None:
            metadata = {key: str(value) for key, value in context.invocation_metadata()}
            self.calls.append(Call(path, given, metadata, context.time_remaining()))

        def unary(given: Message, context: Any) -> Any:
            note(given, context)
            return answer(given, context)

        def client_stream(given: Iterator[Message], context: Any) -> Any:
            received = list(given)
            note(received, context)
            return answer(received, context)

        def server_stream(given: Message, context: Any) -> Any:
            note(given, context)
            found = answer(given, context)
            yield from (found if isinstance(found, list) else [found])

        if method.client_streaming:
            return grpc.stream_unary_rpc_method_handler(client_stream, request.FromString, _bytes)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(server_stream, request.FromString, _bytes)
        return grpc.unary_unary_rpc_method_handler(unary, request.FromString, _bytes)


def _bytes(message: Message) -> bytes:
    return message.SerializeToString()


@contextmanager
def answering() -> Iterator[Answering]:
    """A running server."""
    handler = Answering()
    server = grpc.server(ThreadPoolExecutor(max_workers=4), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    handler.address = f"127.0.0.1:{port}"
    server.start()
    try:
        yield handler
    finally:
        server.stop(None).wait()
