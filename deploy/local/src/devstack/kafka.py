"""Apache Kafka, one KRaft node that is broker and controller, run from its published jars."""

import base64
import uuid
from pathlib import Path
from typing import ClassVar

from devstack import checks
from devstack.class_archive import READS_ARCHIVE, archive_option
from devstack.java import find_java
from devstack.kafka_libs import fetch_kafka
from devstack.part import BrokerPart
from devstack.ports import LOOPBACK, is_listening
from devstack.process import Command
from devstack.process_part import ProcessPart

HEAP_MB = 512
GRACE_S = 20.0

# Reasons: one node holds every replica; no topic appears by a typing error; nothing a developer looks for
# expires; groups form at once; the cleaner's default buffer is a quarter of the heap; and after a SIGKILL the
# controller lets the broker in again only when the session of the killed one has ended, which by default
# takes 9 s.
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "offsets.retention.minutes": str(365 * 24 * 60),
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "400",
}
LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
)


class Kafka(ProcessPart, BrokerPart):
    """A broker on a loopback port, its log below `directory`.

    Args:
        port: the clients' port; None lets the system choose (the controller's is always chosen by the system).
        directory, log: as for Postgres.
    """

    port_count: ClassVar = 2  # broker, controller
    port_taken_texts: ClassVar = ("Address already in use", "BindException")

    def __init__(self, directory: Path, *, port: int | None = None, log: Path | None = None) -> None:
        super().__init__("kafka", log or directory / "kafka.log", port=port)
        self.directory = directory.absolute()
        self._libs = Path()
        self._archive_option = ""
        self._trainer: Kafka | None = None

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.ports[0]}" if self.ports else ""

    @property
    def address(self) -> str:
        return self.bootstrap

    def prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._libs = fetch_kafka(self.run_tool, self.note)
        if not self._archive_option:
            self._archive_option = archive_option(self._libs, find_java(), self._train)
        if not (self._data / "meta.properties").exists():
            self.note("formatting the log directory")
            self._format()

    def command(self) -> Command:
        self._write_properties()
        options = [f"-Xmx{HEAP_MB}m", "-XX:+UseSerialGC", self._archive_option]
        return Command(
            argv=self._java(*options, "kafka.Kafka", str(self._properties)),
            grace_s=GRACE_S,
        )

    def is_ready(self) -> bool:
        return is_listening(self.ports[0]) and checks.kafka_is_ready(self.bootstrap)

    def stop(self) -> None:
        if self._trainer is not None:
            self._trainer.kill()
        super().stop()

    def _train(self, archive: Path) -> None:
        """Run a broker of its own once, from start to end, and have Java write `archive`."""
        self.note("preparing quicker starts, once")
        trainer = Kafka(archive.parent / "node")
        trainer._archive_option = f"-XX:ArchiveClassesAtExit={archive}"
        self._trainer = trainer
        try:
            trainer.start()
        finally:
            trainer.stop()
            self._trainer = None
        self._raise_if_cancelled()
        if trainer.was_killed:  # while writing: what there is, is not whole
            archive.unlink(missing_ok=True)

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    def _write_properties(self) -> None:
        broker, controller = self.ports or (1, 2)  # to format, any will do
        addresses = {
            "listeners": f"PLAINTEXT://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{broker}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
            "log.dirs": str(self._data),
        }
        lines = [f"{name}={value}" for name, value in (PROPERTIES | addresses).items()]
        self._properties.write_text("\n".join(lines) + "\n")

    def _format(self) -> None:
        self._write_properties()
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        options = [
            "format",
            "--ignore-formatted",
            f"--cluster-id={cluster_id}",
            f"--config={self._properties}",
        ]
        # Only the first compiler and the simplest collector: the tool runs for less than a second.
        quick = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        if self._archive_option.startswith(READS_ARCHIVE):
            quick.append(self._archive_option)
        self.run_tool(Command(argv=self._java(*quick, "kafka.tools.StorageTool", *options)))

    def _java(self, *arguments: str) -> list[str]:
        return [str(find_java()), "-cp", f"{self._libs}/*", *LOGGING, *arguments]
