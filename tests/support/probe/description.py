"""The probe's service as protoc would have described it: the server reads from descriptors who may call a method."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from kamai.ops.v1 import event_admin_pb2
from kamai.type.v1 import access_pb2


def describe(service: str, methods: Iterable[str], permission: access_pb2.Permission.ValueType) -> None:
    """Adds the service to the pool once; every method takes and gives the messages of ReplayFailedEvent."""
    package, _, name = service.rpartition(".")
    pool = descriptor_pool.Default()
    try:
        pool.FindServiceByName(service)
    except KeyError:
        file = FileDescriptorProto(name=f"{service}.proto", package=package, syntax="proto3")
        file.dependency.extend([event_admin_pb2.DESCRIPTOR.name, access_pb2.DESCRIPTOR.name])
        described = file.service.add(name=name)
        for method in methods:
            added = described.method.add(
                name=method,
                input_type=".kamai.ops.v1.ReplayFailedEventRequest",
                output_type=".kamai.ops.v1.ReplayFailedEventResponse",
            )
            added.options.Extensions[access_pb2.access].permission = permission
        pool.AddSerializedFile(file.SerializeToString())
