"""One service as a process: `serve` (gRPC), `work` (relay, consumers, schedules), `all` (both), `migrate`, `rotate-keys` ...

A service's `main.py` makes a `ServiceDefinition`; its `__main__.py` hands it to `main`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import uvloop
from pydantic import ValidationError

from chassis import addresses, key_rotation, logging, runtime, secret_files
from chassis.audit import parts as audit_parts
from chassis.audit import servicer, topic
from chassis.audit.working import Working
from chassis.clock import Clock, SystemClock
from chassis.db.database import Database
from chassis.db.migrate import MigrationMismatch, migrate
from chassis.db.pool import REFUSED, create_pool
from chassis.errors import KamaiError
from chassis.events import kafka, topic_creation
from chassis.events.consumer import Consumer
from chassis.events.doorbell import Doorbell
from chassis.events.inbox import Subscription
from chassis.events.relay import Relay
from chassis.events.topics import TopicRegistry
from chassis.housekeeping import housekeeping
from chassis.identity.files import Unusable
from chassis.ids import IdFactory, RandomIds
from chassis.rpc import event_admin
from chassis.rpc.mutations import MakeUnitOfWork, Mutations
from chassis.rpc.server import RpcServer, Servicer
from chassis.runtime import Part
from chassis.schedules import Schedule, ScheduleRunner
from chassis.settings import ServiceSettings
from chassis.vault import KeyProviderFault, Vault, open_vault

S = TypeVar("S", bound=ServiceSettings)
U = TypeVar("U")
_MODES = ("serve", "work", "all", "migrate", *key_rotation.TASKS)
Task = Callable[[Any], Awaitable[str]]
# A database that fails over or restarts takes seconds: a process that begins just then waits instead of dying.
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Platform(Generic[S]):
    """What the chassis hands to a service's composition root."""

    settings: S
    database: Database
    doorbell: Doorbell
    registry: TopicRegistry
    clock: Clock
    ids: IdFactory
    vault: Vault

    @property
    def working(self) -> Working:
        """For transactions that no call asked for."""
        return Working(self.database, self.vault.digest)

    def mutations(self, make_uow: MakeUnitOfWork[U]) -> Mutations[U]:
        return Mutations(self.database, make_uow, self.doorbell, self.vault)


@dataclass(frozen=True)
class Parts:
    """What a service contributes. `before_serving`: done in turn before the server takes a call; each may wait."""

    servicers: Sequence[Servicer]
    subscriptions: Sequence[Subscription] = ()
    schedules: Sequence[Schedule] = ()
    closers: Sequence[Callable[[], Awaitable[None]]] = ()
    before_serving: Sequence[Callable[[], Awaitable[None]]] = ()


@dataclass(frozen=True)
class ServiceDefinition(Generic[S]):
    """A service. `emits` are its own topics, `consumes` those of others that it reads; `extra_topics` are further topic names to
    create (bank topics depend on settings). `constraint_errors`: constraint name -> what it means to the caller. `tasks`: further
    modes, which get the Platform, do one thing and say what they did."""

    name: str
    settings: type[S]
    emits: TopicRegistry
    consumes: TopicRegistry
    migrations: Sequence[str]
    build: Callable[[Platform[S]], Awaitable[Parts]]
    constraint_errors: Mapping[str, Callable[[], KamaiError]] = field(default_factory=dict)
    extra_topics: Callable[[S], Sequence[str]] = lambda _settings: ()
    tasks: Mapping[str, Task] = field(default_factory=dict)

    @property
    def registry(self) -> TopicRegistry:
        return TopicRegistry([*self.emits.topics, *self.consumes.topics])


def main(definition: ServiceDefinition[S], arguments: Sequence[str] | None = None) -> int:
    """Runs one of the modes; returns the exit code. 2: unusable arguments or settings, 70: a part died."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    modes = (*_MODES, *definition.tasks)
    if len(given) != 1 or given[0] not in modes:
        print(f"usage: python -m {definition.name} {'|'.join(modes)}", file=sys.stderr)
        return 2
    try:
        settings = definition.settings()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            print(f"setting KAMAI_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}", file=sys.stderr)
        return 2
    logging.configure(definition.name, settings.log_level)
    try:
        uvloop.run(_doing(definition, settings, given[0]))
    except (Unusable, KeyProviderFault) as error:
        print(f"{definition.name}: {error}", file=sys.stderr)
        return 2
    except REFUSED:
        print(f"{definition.name}: the database refuses the role or password of KAMAI_DATABASE_URL", file=sys.stderr)
        return 2
    except (runtime.PartDied, MigrationMismatch) as error:
        print(f"{definition.name}: {error}", file=sys.stderr)
        return 70
    return 0


def _doing(definition: ServiceDefinition[S], settings: S, mode: str) -> Coroutine[Any, Any, None]:
    if mode in key_rotation.TASKS:
        return key_rotation.run(definition.name, mode, settings)
    if mode in definition.tasks:
        return _do(definition, settings, mode)
    return _migrate(definition, settings) if mode == "migrate" else _run(definition, settings, mode)


async def _do(definition: ServiceDefinition[S], settings: S, task: str) -> None:
    async with assembled(definition, settings, task) as assembly:
        await assembly.platform.working.note(task, definition.name)
        print(await definition.tasks[task](assembly.platform))


async def _migrate(definition: ServiceDefinition[S], settings: S) -> None:
    """Roles, schema, tables."""
    if settings.owner_password is None:
        raise MigrationMismatch("KAMAI_OWNER_PASSWORD is needed to migrate")
    admin, app = settings.admin_database_url, settings.app_password
    await migrate(
        definition.name, ["chassis.migrations", *definition.migrations],
        admin_url=admin.get_secret_value() if admin else None, app_url=settings.database_url.get_secret_value(),
        owner_password=settings.owner_password.get_secret_value(), app_password=app.get_secret_value() if app else None,
    )  # fmt: skip


async def create_topics(definition: ServiceDefinition[S], settings: S) -> None:
    """Creates what is missing of the topics the service writes or reads."""
    names = [topic.name for topic in definition.registry.topics]
    names += [topic.dead_letters for topic in definition.consumes.topics]
    names += definition.extra_topics(settings)
    options = kafka.connection_options(settings)
    own = topic_creation.configs(definition.registry.topics, settings.personal_topic_days)
    await topic_creation.create_topics(options, names, settings.topic_partitions, settings.topic_replication, own)
    await topic.create(options, definition.name, settings.topic_replication)


@dataclass(frozen=True)
class Assembly(Generic[S]):
    """A service put together but not running: tests run it inside their own process."""

    platform: Platform[S]
    running: Sequence[Part]
    server: RpcServer | None
    before_serving: Sequence[Callable[[], Awaitable[None]]] = ()


@asynccontextmanager
async def assembled(definition: ServiceDefinition[S], settings: S, mode: str) -> AsyncIterator[Assembly[S]]:
    """Opens the pool and builds the parts of `mode`; closes everything that was opened at the end."""
    url = secret_files.current(settings, "database_url")
    async with AsyncExitStack() as stack:
        pool = await create_pool(url, definition.name, settings.database_pool_size, patience_s=_PATIENCE_S)
        stack.push_async_callback(_close_pool, pool)
        database, doorbell = Database(pool, definition.constraint_errors), Doorbell(url, definition.name)
        vault = await open_vault(settings.vault, database)
        await vault.start(database)
        platform = Platform(settings, database, doorbell, definition.registry, SystemClock(), RandomIds(), vault)
        parts = await definition.build(platform)
        for closer in parts.closers:
            stack.push_async_callback(closer)
        running = [Part("doorbell", doorbell.run, stage=2)]
        if mode in ("work", "all"):
            running += _workers(definition, platform, parts)
        server = _server(definition.name, platform, parts) if mode in ("serve", "all") else None
        yield Assembly(platform, running, server, parts.before_serving)


async def _run(definition: ServiceDefinition[S], settings: S, mode: str) -> None:
    if mode != "serve" and settings.create_topics:
        await create_topics(definition, settings)
    async with assembled(definition, settings, mode) as assembly:
        server = assembly.server
        found: dict[str, int | str] = {"pid": os.getpid(), "metrics": addresses.serve_metrics(settings.metrics_listen)}
        if server:
            for each in assembly.before_serving:
                await each()
            found |= {"grpc": await server.start(), "grpc_mtls": server.mtls_address}

        async def ready() -> None:
            if server:
                await server.serving()
            _settle()
            addresses.write(settings.ready_file, found)

        async def draining() -> None:
            if settings.ready_file:
                settings.ready_file.unlink(missing_ok=True)
            if server:
                await server.stop()

        await runtime.run(assembly.running, ready=ready, draining=draining, watchdog_s=settings.watchdog_s)


def _settle() -> None:
    """What was loaded until now stays: a full collection would walk all of it again and again, 50 to 90 ms during which no call
    is answered."""
    gc.collect()
    gc.freeze()


async def _close_pool(pool: Any) -> None:
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()


def _server(name: str, platform: Platform[S], parts: Parts) -> RpcServer:
    admin = event_admin.servicer(platform.mutations(lambda connection, _call: connection), platform.registry)
    audit = servicer.servicer(platform.database, name)
    return RpcServer(platform.settings, [*parts.servicers, admin, audit])


def _workers(definition: ServiceDefinition[S], platform: Platform[S], parts: Parts) -> list[Part]:
    settings = platform.settings
    url = secret_files.current(settings, "database_url")
    options = kafka.connection_options(settings)
    relay = Relay(url, definition.name, options, f"/kamai/{definition.name}")
    found = [Part("relay", relay.run, relay.stop, stage=1)]
    for subscription in parts.subscriptions:
        consumer = Consumer(
            platform.database, definition.consumes, subscription, options, platform.doorbell, working=platform.working
        )
        found.append(Part(f"consumer {subscription.consumer}", consumer.run, consumer.stop))
    sealing = audit_parts.sealing(platform.database, definition.name, platform.clock, settings)
    for schedule in (*parts.schedules, housekeeping(platform.database), sealing):
        runner = ScheduleRunner(url, definition.name, schedule)
        found.append(Part(f"schedule {schedule.name}", runner.run, runner.stop))
    return found
