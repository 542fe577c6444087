"""The sealer as a part of a service's `work`."""

from __future__ import annotations

from pathlib import Path

from chassis.audit.keys import SigningKey
from chassis.audit.roots import Roots
from chassis.audit.sealing import Sealer
from chassis.clock import Clock
from chassis.db.database import Database
from chassis.logging import logger
from chassis.schedules import Schedule

EVERY_S = 1.0


def sealing(
    database: Database, service: str, clock: Clock, key_file: Path | None, jwks_file: Path | None, roots_file: Path | None
) -> Schedule:
    """Chains the service's entries every second. Without a key and a key set nothing is signed, which is said in the log."""
    roots = None
    if key_file and jwks_file:
        roots = Roots(database, service, clock, SigningKey(key_file, jwks_file), roots_file)
    else:
        logger().warning("the audit trail is not signed: set KAMAI_AUDIT_KEY_FILE and KAMAI_AUDIT_JWKS_FILE")
    return Schedule("audit-sealer", EVERY_S, Sealer(database, roots).run)
