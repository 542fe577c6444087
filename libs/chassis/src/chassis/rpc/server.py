"""The gRPC server: health from NOT_SERVING, reflection in development, explicit limits, graceful drain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis.identity.authenticator import Authenticator
from chassis.identity.tls import TlsFiles, credentials
from chassis.logging import logger
from chassis.rpc import access
from chassis.rpc.interceptor import CallInterceptor
from chassis.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Servicer:
    """A servicer with its generated `add_..._to_server` function and its full service name."""

    add: Callable[[Any, Any], None]
    instance: Any
    name: str


class RpcServer:
    """Bound at start but NOT_SERVING until `serving()` is called."""

    def __init__(self, settings: ServiceSettings, servicers: Sequence[Servicer]) -> None:
        self._settings = settings
        self._servicers = servicers
        self._health = health.aio.HealthServicer()
        self._authenticator = Authenticator(settings)
        self.mtls_address = ""  # where client certificates are required, if that is an address of its own
        self._server = grpc.aio.server(
            interceptors=[CallInterceptor(settings, self._authenticator)],
            maximum_concurrent_rpcs=settings.max_concurrent_calls,
            options=[
                # our own limit answers with ErrorInfo; gRPC's is the wall behind it
                ("grpc.max_receive_message_length", 4 * settings.max_message_bytes),
                ("grpc.max_send_message_length", 4 * settings.max_message_bytes),
                # the same for metadata: a token that is too large is refused by us, and never at random
                ("grpc.max_metadata_size", 32 * 1024),
                ("grpc.absolute_max_metadata_size", 64 * 1024),
                ("grpc.so_reuseport", 1),
                ("grpc.keepalive_time_ms", 30_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
            ],
        )

    async def start(self) -> str:
        """Binds and returns the address; callers get UNAVAILABLE-like health until `serving`."""
        if closed := access.without_rule(servicer.name for servicer in self._servicers):
            raise ValueError(f"nobody may call {', '.join(closed)}: say who in the protos")
        for servicer in self._servicers:
            servicer.add(servicer.instance, self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [servicer.name for servicer in self._servicers]
        if self._settings.env == "development":
            reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server)
        await self._set(health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._authenticator.start()
        address = self._bind(self._settings.grpc_listen, client_required=self._settings.tls_client_required)
        if self._settings.grpc_mtls_listen:
            self.mtls_address = self._bind(self._settings.grpc_mtls_listen, client_required=True)
        await self._server.start()
        return address

    def _bind(self, listen: str, *, client_required: bool) -> str:
        settings = self._settings
        if settings.tls_certificate_file and settings.tls_key_file:
            files = TlsFiles(settings.tls_certificate_file, settings.tls_key_file, settings.tls_client_ca_file)
            port = self._server.add_secure_port(listen, credentials(files, client_required=client_required))
        else:
            port = self._server.add_insecure_port(listen)
        return f"{listen.rpartition(':')[0]}:{port}"

    async def _set(self, state: Any) -> None:
        for name in ("", *(servicer.name for servicer in self._servicers)):
            await self._health.set(name, state)
        logger().info("health", state=health_pb2.HealthCheckResponse.ServingStatus.Name(state))

    async def serving(self) -> None:
        await self._set(health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> None:
        """NOT_SERVING, no new calls, those under way may finish within `drain_s`."""
        await self._set(health_pb2.HealthCheckResponse.NOT_SERVING)
        await self._server.stop(self._settings.drain_s)
        await self._authenticator.stop()
