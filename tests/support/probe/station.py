"""What a test needs to run relays and consumers on a topic of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chassis.db.database import Database
from chassis.events.consumer import Consumer
from chassis.events.doorbell import Doorbell
from chassis.events.inbox import Subscription
from chassis.events.relay import Relay

from support.probe import things


@dataclass(frozen=True)
class Station:
    """A topic, and what is needed to run relays and consumers on it."""

    topic: str
    bootstrap: str
    url: str
    database: Database

    def relay(self, **more: Any) -> Relay:
        return Relay(self.url, "probe", things.options(self.bootstrap), "/test", **more)

    def consumer(self, subscription: Subscription | None = None, **more: Any) -> Consumer:
        wanted = subscription or things.subscription(self.topic)
        doorbell = Doorbell(self.url, "probe")  # not running: the relay polls
        return Consumer(self.database, things.registry(self.topic), wanted, things.options(self.bootstrap), doorbell, **more)
