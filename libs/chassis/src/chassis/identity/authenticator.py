"""From the metadata and the connection of a call to its caller."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from chassis.identity.certificates import AuthContext, Machines, presented
from chassis.identity.claims import ClaimNames
from chassis.identity.fetch import HttpKeys
from chassis.identity.files import Watched
from chassis.identity.key_set import KeySet, parse
from chassis.identity.key_sources import FileKeys, IssuerKeys, KeySource, Pace
from chassis.identity.refusals import Cause, Refused
from chassis.identity.settings import IdentitySettings
from chassis.identity.tokens import TokenPolicy, TokenVerifier
from chassis.rpc.call import Caller


def combined(pairs: Iterable[tuple[str, Any]] | None) -> dict[str, str]:
    """Metadata as a mapping. What is sent twice is joined with a comma (RFC 9110, 5.3), so that two tokens are none."""
    found: dict[str, str] = {}
    for key, value in pairs or ():
        if isinstance(value, str):
            found[key] = f"{found[key]},{value}" if key in found else value
    return found


class Authenticator:
    """Knows the callers of one server; raises chassis.identity.files.Unusable when a file of its settings cannot be used."""

    def __init__(self, settings: IdentitySettings) -> None:
        self._keys = _source(settings)
        self._tokens = TokenVerifier(self._keys, _policy(settings))
        self._machines = Machines(settings.client_certificates) if settings.client_certificates else None

    async def start(self) -> None:
        """Gets the keys and keeps them new until `stop`; returns although the issuer is down."""
        await self._keys.start()

    async def stop(self) -> None:
        """Ends what `start` began."""
        await self._keys.stop()

    async def authenticate(self, metadata: Mapping[str, str], auth_context: AuthContext) -> Caller:
        """The caller. With a certificate and a token both must be of one tenant, and the token says who it is.

        Args:
            metadata: of the call, as `combined` gives it; only `authorization` is read.
            auth_context: of the connection, as gRPC gives it.

        Raises:
            Refused: no credentials, or such that do not count; its `cause` is for the log only.
            KeysUnavailable: the issuer's keys cannot be had.
        """
        authorization = metadata.get("authorization", "")
        certificate = presented(auth_context)
        if certificate and not self._machines:
            raise Refused(Cause.UNKNOWN_CERTIFICATE)
        machine = self._machines.known(certificate) if certificate and self._machines else None
        if not authorization:
            if machine is None:
                raise Refused(Cause.MISSING)
            return machine.caller
        verified = await self._tokens.verify(authorization)
        if verified.bound_to and (certificate is None or certificate.thumbprint != verified.bound_to):
            raise Refused(Cause.NOT_BOUND_TO_CERTIFICATE)
        if machine and not machine.carries_any_tenant and _tenant(machine.caller) != _tenant(verified.caller):
            raise Refused(Cause.TENANTS_DIFFER)
        return verified.caller


def _tenant(caller: Caller) -> tuple[str, str, str]:
    return caller.organisation_id, caller.contractor_id, caller.bank


def _policy(settings: IdentitySettings) -> TokenPolicy:
    names = ClaimNames(
        settings.token_roles_claim, settings.token_organisation_claim, settings.token_contractor_claim, settings.token_bank_claim
    )
    return TokenPolicy(
        settings.token_issuer, settings.token_audience, settings.token_algorithms, names, settings.token_require_at_jwt,
        settings.token_max_lifetime_s, settings.token_skew_s,
    )  # fmt: skip


def _source(settings: IdentitySettings) -> KeySource:
    production, file = settings.env == "production", settings.token_keys

    if file:

        def read() -> KeySet:
            return parse(json.loads(file.read_text()), settings.token_algorithms, production=production)

        return FileKeys(Watched("KAMAI_TOKEN_KEYS", [file], read))
    fetch = HttpKeys(
        settings.token_issuer, settings.token_jwks_url, settings.token_algorithms, production, settings.token_fetch_timeout_s
    )
    return IssuerKeys(fetch, Pace(settings.token_keys_refresh_s, settings.token_keys_refetch_s, settings.token_keys_max_stale_s))
