"""The probe as a service definition: `python -m support.probe serve|work|all|migrate`, or inside a test's own process."""

from __future__ import annotations

from chassis import errors
from chassis.events.topics import TopicRegistry
from chassis.service import Parts, Platform, ServiceDefinition
from chassis.settings import ServiceSettings

from support.probe import servicer, things


class ProbeSettings(ServiceSettings):
    """`probe_topic`: what it writes to and reads from. `probe_behind_gate`: it waits for the lock GATE before it serves."""

    probe_topic: str = "probe-things"
    probe_behind_gate: bool = False


async def _build(platform: Platform[ProbeSettings]) -> Parts:
    topic = platform.settings.probe_topic
    mutations = platform.mutations(lambda connection, _call: connection)

    async def gate() -> None:
        await platform.database.run(lambda connection: connection.execute("SELECT pg_advisory_xact_lock($1)", servicer.GATE))

    before = [gate] if platform.settings.probe_behind_gate else []
    return Parts([servicer.servicer(mutations, topic)], [things.subscription(topic)], before_serving=before)


def definition(topic: str = "probe-things") -> ServiceDefinition[ProbeSettings]:
    return ServiceDefinition(
        "probe", ProbeSettings, TopicRegistry([]), things.registry(topic), [things.PACKAGE], _build,
        {"thing_pkey": lambda: errors.AlreadyExists("there is such a thing: choose another id")},
    )  # fmt: skip
