"""Infrastructure that somebody else runs: found by address, checked, never stopped by us."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from devstack import checks
from devstack.errors import MissingPrerequisiteError, PartFailedError, StackError
from devstack.part import BankPart, BrokerPart, DatabasePart, Part, PartState


def setting(name: str, example: str) -> str:
    """A variable of the environment that must be there."""
    value = os.environ.get(name, "")
    if not value:
        raise MissingPrerequisiteError(f"KAMAI_STACK=external needs {name}, for example {example}")
    return value


class ExternalPart(Part):
    """A part that is only checked."""

    def __init__(self, name: str, address: str, check: Callable[[], bool]) -> None:
        super().__init__(name)
        self._address = address
        self._check = check
        self._found = False

    @property
    def address(self) -> str:
        return self._address

    @property
    def state(self) -> PartState:
        return PartState.READY if self._found else PartState.STOPPED

    def start(self) -> None:
        if not self._check():
            raise StackError(f"{self.name}: nothing answers at {self.address}")
        self._found = True

    def stop(self) -> None:
        self._found = False

    def kill(self) -> None:
        raise StackError(f"{self.name} is external: it can only be killed where it runs")

    def restart(self) -> None:
        raise StackError(f"{self.name} is external: it can only be restarted where it runs")

    def failure(self) -> PartFailedError | None:
        return None


class ExternalPostgres(ExternalPart, DatabasePart):
    """Args: admin_dsn: a superuser's URL; its database is made when it is missing."""

    def __init__(self, admin_dsn: str) -> None:
        place = urlsplit(admin_dsn).netloc.rpartition("@")[2]
        super().__init__("postgres", place, lambda: checks.postgres_is_ready(admin_dsn))
        self._dsn = admin_dsn

    @property
    def admin_dsn(self) -> str:
        return self._dsn


class ExternalKafka(ExternalPart, BrokerPart):
    """Args: bootstrap: ``host:port`` or several with commas."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__("kafka", bootstrap, lambda: checks.kafka_is_ready(bootstrap))

    @property
    def bootstrap(self) -> str:
        return self.address


class ExternalBank(ExternalPart, BankPart):
    """Args: url: base URL of a mock-bank."""

    def __init__(self, url: str) -> None:
        super().__init__("bank", url.rstrip("/"), lambda: checks.bank_is_ready(url.rstrip("/")))

    @property
    def url(self) -> str:
        return self.address
