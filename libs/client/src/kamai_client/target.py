"""Where the services are and who calls: from the environment, else from the development stack of the checkout."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from kamai_client.approvals import Approval
from kamai_client.calls import CallPolicy
from kamai_client.client import SERVICES, Kamai
from kamai_client.tls import TlsFiles
from kamai_client.tokens import DevTokens, Token, binding

DEFAULT_SUBJECT = "developer"


class TargetError(Exception):
    """The key or the state file cannot be used."""


def state_directory() -> Path:
    """KAMAI_LOCAL, else ``.local`` of the checkout around the working directory, else in that directory."""
    given = os.environ.get("KAMAI_LOCAL")
    if given:
        return Path(given).absolute()
    here = Path.cwd()
    checkout = next((each for each in (here, *here.parents) if (each / "deploy" / "local").is_dir()), here)
    return checkout / ".local"


def stack_environment() -> dict[str, str]:
    """What the running stack of this checkout tells its clients; empty when none is up."""
    try:
        record = json.loads((state_directory() / "stack.json").read_text())
        return {str(name): str(value) for name, value in record["env"].items()} if record["phase"] == "up" else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def stale(service: str) -> str:
    """What to do when nobody answers at an address that this shell has and the running stack has not; else ""."""
    name = f"KAMAI_{service.upper()}_ADDR"
    if not os.environ.get(name) or os.environ[name] == stack_environment().get(name):
        return ""
    return (
        f'{name} of this shell points to a stack that is not there: eval "$(.venv/bin/kamai-stack env)" again,'
        " or unset KAMAI_*; `make status` shows what is up"
    )


@dataclass(frozen=True)
class Target:
    """Addresses and keys; what is not known is "".

    Attributes:
        services: ``host:port`` by service.
        token: bearer token given by KAMAI_TOKEN.
        dev_key: key that signs development tokens.
        bank_url: the counterparty bank of the stack.
        bootstrap: Kafka.
        tls: KAMAI_TLS_CA_FILE, KAMAI_TLS_CERTIFICATE_FILE and KAMAI_TLS_KEY_FILE; none of them is plain HTTP/2.
    """

    services: Mapping[str, str]
    token: str = ""
    dev_key: str = ""
    bank_url: str = ""
    bootstrap: str = ""
    tls: TlsFiles = field(default_factory=TlsFiles)

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Target:
        get = environment.get
        services = {name: get(f"KAMAI_{name.upper()}_ADDR", "") for name in SERVICES}
        return cls(
            services, get("KAMAI_TOKEN", ""), get("KAMAI_DEV_TOKEN_KEY", ""), get("KAMAI_BANK_URL", ""),
            get("KAMAI_KAFKA_BOOTSTRAP", ""),
            TlsFiles(
                get("KAMAI_TLS_CA_FILE", ""), get("KAMAI_TLS_CERTIFICATE_FILE", ""), get("KAMAI_TLS_KEY_FILE", "")
            ),
        )  # fmt: skip

    @classmethod
    def find(cls) -> Target:
        """The environment's variables win over the stack's."""
        return cls.of(stack_environment() | {name: value for name, value in os.environ.items() if value})

    def dev_tokens(self) -> DevTokens:
        """Raises TargetError when there is no usable key."""
        if not self.dev_key:
            raise TargetError("no token: set KAMAI_TOKEN, or KAMAI_DEV_TOKEN_KEY of a development stack")
        try:
            return DevTokens(Path(self.dev_key))
        except (OSError, ValueError, KeyError) as error:
            raise TargetError(f"KAMAI_DEV_TOKEN_KEY cannot be used: {error}") from None

    @property
    def is_somebody(self) -> bool:
        """Whether there are credentials of a caller that act when nobody is named: a token, or a certificate without a key of a
        development stack."""
        return bool(self.token or (self.tls.certificate and not self.dev_key))

    def client(
        self, subject: str = "", acting_for: str = "", policy: CallPolicy | None = None, approves: Sequence[Approval] = ()
    ) -> Kamai:
        """A client that acts as a development person; with nobody named as KAMAI_TOKEN's, or as the client certificate's.

        Args:
            acting_for: "org_...", "contractor_..." or "bank:NAME"; "" is the platform's own staff.
            approves: what a development person shows a second factor for.

        Raises:
            TargetError: there is no token, certificate or usable key, a TLS file cannot be used, or `acting_for` is nobody.
        """
        token: Token | None
        if self.is_somebody and not (subject or acting_for):
            token = self.token or None
        else:
            try:
                bound = binding(acting_for)
            except ValueError as error:
                raise TargetError(f"nobody can act for {acting_for}: it {error}") from None
            token = self.dev_tokens().source(subject or DEFAULT_SUBJECT, approves=approves, **bound)
        at = self.services
        return Kamai(
            onboarding=at.get("onboarding", ""), contracts=at.get("contracts", ""), payouts=at.get("payouts", ""),
            token=token, policy=policy, credentials=self._credentials(),
        )  # fmt: skip

    def _credentials(self) -> grpc.ChannelCredentials | None:
        try:
            return self.tls.credentials()
        except (OSError, ValueError) as error:
            raise TargetError(f"TLS: {error}") from None
