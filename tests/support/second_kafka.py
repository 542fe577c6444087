"""A second broker of the same cluster, for topics whose records both have to take."""

from __future__ import annotations

from pathlib import Path

from devstack.kafka import PROPERTIES, Kafka
from devstack.ports import LOOPBACK
from devstack.process import Command


class SecondKafka(Kafka):
    """Node 2, broker only; `first` is node 1 and the controller, and runs by now."""

    def __init__(self, directory: Path, first: Kafka) -> None:
        super().__init__(directory)
        self._first = first

    def _write_properties(self) -> None:
        broker, _ = self.ports or (1, 2)
        lines = PROPERTIES | {
            "process.roles": "broker",
            "node.id": "2",
            "listeners": f"PLAINTEXT://{LOOPBACK}:{broker}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{broker}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._first.ports[1]}",
            "log.dirs": str(self._data),
        }
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    def _format(self) -> None:
        self._write_properties()
        about = (line.partition("=") for line in (self._first._data / "meta.properties").read_text().splitlines())
        cluster = {name: value for name, _, value in about}["cluster.id"]
        tool = ("kafka.tools.StorageTool", "format", "--ignore-formatted", f"--cluster-id={cluster}")
        self.run_tool(Command(argv=self._java("-Xmx128m", *tool, f"--config={self._properties}")))
