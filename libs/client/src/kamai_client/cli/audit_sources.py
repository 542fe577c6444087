"""Where keys and roots come from that a trail is verified with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kamai_client.audit import roots as signed
from kamai_client.audit import topic as topics
from kamai_client.audit.export import Export
from kamai_client.cli import failures, session

_KEYS = "audit-*-jwks.json"


@contextmanager
def usable_files() -> Iterator[None]:
    """A file that is none is wrong usage, and no word about the trail."""
    try:
        yield
    except signed.UnusableFile as error:
        failures.unusable(str(error))


def key_files(given: Sequence[Path]) -> list[Path]:
    """Those that were named, else those of the development stack, beside its token key; which ones is said."""
    if given:
        return signed.files_in(given, _KEYS)
    key = session.current().target.dev_key
    found = sorted(Path(key).parent.glob(_KEYS)) if key else []
    if not found:
        failures.wrong_usage(
            "NO_KEYS",
            "without the public keys of the roots no signature can be checked, and a chain without signatures proves nothing:"
            " --keys JWKS, the file KAMAI_AUDIT_JWKS_FILE of each service, or a folder of them; of a development stack that is"
            " down .local/keys",
        )
    session.current().err.print(f"keys of the stack: {', '.join(file.name for file in found)}", style="dim", highlight=False)
    return found


def require_named(taken: Export, file: Path, services: Sequence[str]) -> None:
    """Ends the command when a service was asked for of which the export has nothing."""
    lacking = [each for each in services if each not in taken.head.services]
    if lacking:
        held = ", ".join(taken.head.services) or "nothing at all"
        failures.wrong_usage("NOT_FOUND", f"{file} has nothing of {', '.join(lacking)}: it holds {held}")


async def from_topic(service: str) -> signed.Source:
    """Raises UnusableFile: there is no such topic."""
    from aiokafka.errors import KafkaError

    bootstrap = session.current().target.bootstrap
    if not bootstrap:
        failures.refused("NO_TARGET", "--topic needs KAMAI_KAFKA_BOOTSTRAP")
    try:
        return await topics.read(bootstrap, service)
    except KafkaError:
        failures.out_of_reach(f"Kafka does not answer at {bootstrap}")
