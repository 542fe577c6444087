"""A broker with a second listener whose clients have to give a password (SCRAM), which can be changed."""

from __future__ import annotations

from pathlib import Path

from devstack.kafka import Kafka
from devstack.ports import LOOPBACK, free_ports
from devstack.process import Command, Process

USER = "kamai"


class SaslKafka(Kafka):
    """`behind_password` is where clients with a password go."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        (self._port,) = free_ports(1)

    @property
    def behind_password(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def command(self) -> Command:
        command = super().command()
        broker, controller = self.ports
        addresses = f"PLAINTEXT://{LOOPBACK}:{broker},CLIENTS://{LOOPBACK}:{self._port}"
        lines = {
            "listeners": f"{addresses},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": addresses,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.clients.scram-sha-512.sasl.jaas.config":
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        }  # fmt: skip
        with Path(command.argv[-1]).open("a") as properties:  # of two lines with one name the later counts
            properties.writelines(f"{name}={value}\n" for name, value in lines.items())
        return command

    def change_password(self, password: str) -> None:
        """Sets it; connections that are open stay open."""
        tool = ("kafka.admin.ConfigCommand", "--bootstrap-server", self.bootstrap, "--alter", "--entity-type", "users")
        change = ("--entity-name", USER, "--add-config", f"SCRAM-SHA-512=[password={password}]")
        process = Process(Command(argv=self._java("-Xmx128m", *tool, *change)), self.log)
        while (code := process.wait(1.0)) is None:
            pass
        assert code == 0, process.tail()
