"""One of our services as a process: migrated, then serving and working, known to be ready by its health check."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit, urlunsplit

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from devstack.keys import Keys
from devstack.ports import LOOPBACK
from devstack.process import Command
from devstack.process_part import ProcessPart

HEALTH_TIMEOUT_S = 2.0
DRAIN_S = 30.0
ANY_PORT = f"{LOOPBACK}:0"
_BY_FILE = ("KAMAI_ADMIN_DATABASE_URL", "KAMAI_DATABASE_URL")


@dataclass(frozen=True)
class Surroundings:
    """What a service is told about the rest of the stack.

    Attributes:
        admin_dsn: superuser's URL, only for the migration.
        bootstrap: Kafka's ``host:port``.
        bank_url: the counterparty bank.
        keys: the key files.
    """

    admin_dsn: str
    bootstrap: str
    bank_url: str
    keys: Keys


class Service(ProcessPart):
    """``python -m NAME all`` in its own process.

    Args:
        name: module of the service, also its schema and the stem of its database roles.
        log: file for its output, the migration's included.
        ready_file: where the service writes ``{"pid", "grpc", "metrics"}`` when it serves.
        extra_env: added to its environment last.
    """

    ready_timeout_s: ClassVar = 60.0
    port_count: ClassVar = 0  # it listens on port 0 and reports what it got
    port_taken_texts: ClassVar = ()

    def __init__(self, name: str, *, log: Path, ready_file: Path, extra_env: Mapping[str, str]) -> None:
        super().__init__(name, log)
        self.ready_file = ready_file
        self.extra_env = dict(extra_env)
        self._cwd = Path.cwd()  # a later change of ours must not change how it is restarted
        self.surroundings: Surroundings | None = None
        self.settings: Mapping[str, str] = {}
        self._addresses = {"grpc": ANY_PORT, "metrics": ANY_PORT}

    @property
    def address(self) -> str:
        return "" if self._addresses["grpc"] == ANY_PORT else self._addresses["grpc"]

    @property
    def metrics_address(self) -> str:
        """``host:port`` of its metrics; empty while it never ran."""
        return "" if self._addresses["metrics"] == ANY_PORT else self._addresses["metrics"]

    def migrate(self, around: Surroundings) -> None:
        """Bring its schema up to date; raises PartFailedError with what it wrote."""
        self.surroundings = around
        secrets = {
            "admin_database_url": around.admin_dsn,
            "owner_password": around.keys.database_password(f"{self.name}_owner"),
            "app_password": around.keys.database_password(f"{self.name}_app"),
        }
        self._cancelled.clear()
        self.note("migrating")
        self.run_tool(self._command("migrate", self._environment("migrate", **secrets)))

    def prepare(self) -> None:
        self.ready_file.parent.mkdir(parents=True, exist_ok=True)
        self.ready_file.unlink(missing_ok=True)

    def command(self) -> Command:
        return self._command("all", self._environment("all"))

    def is_ready(self) -> bool:
        report = self._report()
        if not report or not _serves(report["grpc"]):
            return False
        self._addresses = {name: report[name] for name in self._addresses}
        return True

    def _command(self, task: str, env: Mapping[str, str]) -> Command:
        return Command(argv=[sys.executable, "-m", self.name, task], env=env, cwd=self._cwd, grace_s=DRAIN_S)

    def _report(self) -> dict[str, Any]:
        """What the running process reported; empty while it did not, or another one did."""
        try:
            report = json.loads(self.ready_file.read_text())
        except (OSError, ValueError):
            return {}
        ours = isinstance(report, dict) and self._process is not None and report.get("pid") == self._process.pid
        return report if ours and self._addresses.keys() <= report.keys() else {}

    def _environment(self, task: str, **secrets: str) -> dict[str, str]:
        """`secrets`, and the application role's URL, go by files: an environment can be read in a listing of processes."""
        around = self.surroundings
        assert around is not None, "migrate comes first"
        role = f"{self.name}_app"
        own = app_dsn(around.admin_dsn, role, around.keys.database_password(role))
        folder = around.keys.secrets(self.name, task, database_url=own, **secrets)
        self.settings = {
            "KAMAI_ENV": "development",
            "KAMAI_SECRETS_DIR": str(folder),
            "KAMAI_KAFKA_BOOTSTRAP": around.bootstrap,
            "KAMAI_GRPC_LISTEN": self._addresses["grpc"],
            "KAMAI_METRICS_LISTEN": self._addresses["metrics"],
            "KAMAI_READY_FILE": str(self.ready_file),
            "KAMAI_TOKEN_KEYS": str(around.keys.token_jwks),
            "KAMAI_VAULT_DIRECTORY": str(around.keys.root_keys(self.name)),
            "KAMAI_AUDIT_KEY_FILE": str(around.keys.audit_key(self.name)),
            "KAMAI_AUDIT_JWKS_FILE": str(around.keys.audit_jwks(self.name)),
            "KAMAI_AUDIT_ROOTS_FILE": str(around.keys.audit_folder / f"{self.name}-roots.jsonl"),
        }
        self.settings |= _special(self.name, around)
        # the `external` stack has the first of these in its own environment
        inherited = {name: value for name, value in os.environ.items() if name not in _BY_FILE}
        return inherited | self.settings | self.extra_env


def _special(name: str, around: Surroundings) -> dict[str, str]:
    """What only this service is told: payouts alone can open payment instructions and sign events for banks."""
    keys = around.keys
    if name == "payouts":
        return {
            "KAMAI_BANK_URL": around.bank_url,
            "KAMAI_INSTRUCTION_KEY_FILE": str(keys.instruction_key),
            "KAMAI_BANK_EVENT_KEY_FILE": str(keys.bank_event_key),
        }
    if name == "onboarding":
        return {
            "KAMAI_INSTRUCTION_PUBLIC_KEY_FILE": str(keys.instruction_public_key),
            "KAMAI_BLIND_INDEX_KEY_FILE": str(keys.blind_index_key),
            "KAMAI_ERASURE_PROOFS_FILE": str(keys.audit_folder / "erasures.jsonl"),
        }
    return {}


def app_dsn(admin_dsn: str, role: str, secret: str) -> str:
    """The same database for another role."""
    parts = urlsplit(admin_dsn)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(secret, safe='')}@{place}"))


def _serves(address: str) -> bool:
    """True when the gRPC health protocol says SERVING for the whole server."""
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service=""), timeout=HEALTH_TIMEOUT_S
            )
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
