"""The sealer as a part of a service's `work`."""

from __future__ import annotations

from chassis.audit.keys import NotASigningKey, SigningKey
from chassis.audit.roots import Roots
from chassis.audit.sealing import Sealer
from chassis.clock import Clock
from chassis.db.database import Database
from chassis.identity.files import Unusable
from chassis.logging import logger
from chassis.schedules import Schedule
from chassis.settings import ServiceSettings

EVERY_S = 1.0


def sealing(database: Database, service: str, clock: Clock, settings: ServiceSettings) -> Schedule:
    """Chains the service's entries every second. Without a key and a key set nothing is signed, which is said in the log.

    Raises:
        Unusable: the key cannot be used; or there is none, in production.
    """
    return Schedule("audit-sealer", EVERY_S, Sealer(database, _roots(database, service, clock, settings)).run)


def _roots(database: Database, service: str, clock: Clock, settings: ServiceSettings) -> Roots | None:
    key_file, jwks_file = settings.audit_key_file, settings.audit_jwks_file
    if not key_file or not jwks_file:
        unsigned = "the audit trail is not signed: set KAMAI_AUDIT_KEY_FILE and KAMAI_AUDIT_JWKS_FILE"
        if settings.env == "production":
            raise Unusable(unsigned)
        logger().warning(unsigned)
        return None
    key = SigningKey(key_file, jwks_file)
    try:
        key.current()
    except NotASigningKey as fault:
        raise Unusable(f"KAMAI_AUDIT_KEY_FILE: {fault}") from None
    except OSError as fault:
        raise Unusable(f"KAMAI_AUDIT_KEY_FILE or KAMAI_AUDIT_JWKS_FILE: {fault.strerror}") from None
    return Roots(database, service, clock, key, settings.audit_roots_file)
