"""A broker with a second listener, whose clients are sent through a proxy for everything: also after they asked where it is."""

from __future__ import annotations

from pathlib import Path

from devstack.kafka import Kafka
from devstack.ports import LOOPBACK, free_ports
from devstack.process import Command


class CuttableKafka(Kafka):
    """`bootstrap` is the straight way; the proxy at `proxy_port` has to lead to the port `behind`, known after the start."""

    def __init__(self, directory: Path, proxy_port: int) -> None:
        super().__init__(directory)
        self._proxy_port = proxy_port
        self.behind = 0

    def command(self) -> Command:
        command = super().command()
        (self.behind,) = free_ports(1)
        broker, controller = self.ports
        lines = {
            "listeners": f"PLAINTEXT://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller},PROXIED://{LOOPBACK}:{self.behind}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{broker},PROXIED://{LOOPBACK}:{self._proxy_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
        }
        with Path(command.argv[-1]).open("a") as properties:  # of two lines with one name the later counts
            properties.writelines(f"{name}={value}\n" for name, value in lines.items())
        return command
