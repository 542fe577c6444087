"""Why a caller was not recognised: told to the log in a closed code, never to the caller."""

from __future__ import annotations

from enum import StrEnum

from chassis.errors import Unauthenticated, Unavailable

_SAY = "send valid credentials: a bearer token in the authorization metadata, a client certificate, or both"


class Cause(StrEnum):
    """What a log line says of a refused call; a closed list, so that it may be counted and holds nothing of the caller's."""

    MISSING = "missing"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    ALGORITHM_NOT_ALLOWED = "algorithm_not_allowed"
    WRONG_TYPE = "wrong_type"
    CRITICAL_HEADER = "critical_header"
    UNKNOWN_KEY = "unknown_key"
    KEY_DOES_NOT_FIT = "key_does_not_fit"
    BAD_SIGNATURE = "bad_signature"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    LIVES_TOO_LONG = "lives_too_long"
    MISSING_CLAIM = "missing_claim"
    MALFORMED_CLAIM = "malformed_claim"
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    CERTIFICATE_EXPIRED = "certificate_expired"
    TENANTS_DIFFER = "tenants_differ"
    NOT_BOUND_TO_CERTIFICATE = "not_bound_to_certificate"
    KEYS_UNAVAILABLE = "keys_unavailable"


class Refused(Unauthenticated):
    """One text for every cause; `cause` is for the log."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(_SAY)
        self.cause = cause


class KeysUnavailable(Unavailable):
    """The issuer's keys were never had, or are older than the settings allow: nobody's token can be judged."""

    cause = Cause.KEYS_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("callers cannot be recognised at the moment: try again")
