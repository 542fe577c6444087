"""From verified claims to the caller. Issuers name things differently, so the names are settings; what they mean is not."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from chassis.errors import InvalidFields
from chassis.identity.refusals import Cause, Refused
from chassis.ids import decode
from chassis.rpc.access import ROLES
from chassis.rpc.call import Caller

APPROVAL = "kamai_approval"
BANK = re.compile("[a-z][a-z0-9-]{1,30}")  # as in kamai.banking.v1
_ACTION = re.compile("[A-Za-z0-9_.]{1,200}/[A-Za-z0-9_]{1,100}")  # package.Service/Method
_IDENTIFIER = re.compile("[A-Za-z0-9_:=-]{1,128}")
_END_OF_TIME = 1e12
OF_THE_SERVICE = "system:"  # actors of its own parts: nobody who calls bears such a name
_LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, 2


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Names of claims: a literal name, or a path with dots (`realm_access.roles`)."""

    roles: str
    organisation: str
    contractor: str
    bank: str


def caller(claims: Mapping[str, Any], names: ClaimNames, skew_s: float) -> Caller:
    """Whom the claims stand for; raises Refused where one is malformed, or where they bind to more than one tenant."""
    organisation_id = _identifier(claims, names.organisation, "org")
    contractor_id = _identifier(claims, names.contractor, "contractor")
    bank = _single(claims, names.bank)
    several = sum(map(bool, (organisation_id, contractor_id, bank))) > 1
    if several or (bank and not BANK.fullmatch(bank)):
        _malformed()
    return Caller(
        subject=_subject(claims["sub"]), organisation_id=organisation_id, roles=_roles(at(claims, names.roles)),
        contractor_id=contractor_id, bank=bank, acr=_text(claims.get("acr")),
        authenticated_at=_authenticated_at(claims.get("auth_time"), skew_s),
        approves=_approved(claims.get("authorization_details")), credential=claims["iss"],
    )  # fmt: skip


def at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name, else what the dots of the name lead to, else None."""
    if path in claims:
        return claims[path]
    for dot in (place for place, character in enumerate(path) if character == "."):
        inner = claims.get(path[:dot])
        if isinstance(inner, Mapping) and (found := at(inner, path[dot + 1 :])) is not None:
            return found
    return None


def is_time(value: Any) -> bool:
    """A number of seconds that a clock may show."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _END_OF_TIME


def certificate_thumbprint(claims: Mapping[str, Any]) -> str:
    """What the token is bound to (RFC 8705, 3.1), "" for a plain bearer token. Other proofs cannot be shown over gRPC here, and a
    token that asks for one must not pass without."""
    confirmation = claims.get("cnf")
    if confirmation is None:
        return ""
    if not isinstance(confirmation, Mapping) or confirmation.keys() != {"x5t#S256"}:
        raise Refused(Cause.NOT_BOUND_TO_CERTIFICATE)
    return _text(confirmation["x5t#S256"]) or _malformed()


def _malformed() -> NoReturn:
    raise Refused(Cause.MALFORMED_CLAIM)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _malformed()


def _subject(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_SUBJECT or not value.isprintable():
        _malformed()
    return _malformed() if value.startswith(OF_THE_SERVICE) else value


def _single(claims: Mapping[str, Any], name: str) -> str:
    """Some issuers give every claim as a list. One that is there and empty is a mistake, which must not make a client's token
    the platform's."""
    value = at(claims, name)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return _malformed() if value == "" else _text(value)


def _identifier(claims: Mapping[str, Any], name: str, prefix: str) -> str:
    value = _single(claims, name)
    if value:
        try:
            decode(value, prefix)
        except InvalidFields:
            raise Refused(Cause.MALFORMED_CLAIM) from None
    return value


def _roles(value: Any) -> frozenset[str]:
    """A list, or one text with spaces as in `scope`; roles of other systems are passed over."""
    given = value.split() if isinstance(value, str) else ([] if value is None else value)
    if not isinstance(given, list) or not all(isinstance(role, str) for role in given):
        _malformed()
    return ROLES.intersection(given)


def _authenticated_at(value: Any, skew_s: float) -> float:
    if value is None:
        return 0.0
    return float(value) if is_time(value) and 0 <= value <= time.time() + skew_s else _malformed()


def _approved(value: Any) -> frozenset[tuple[str, str]]:
    """Actions and identifiers of RFC 9396 objects of our type; objects of other types are somebody else's."""
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(detail, Mapping) for detail in value):
        _malformed()
    ours = [detail for detail in value if detail.get("type") == APPROVAL]
    return frozenset((action, _matching(_IDENTIFIER, each.get("identifier"))) for each in ours for action in _actions(each))


def _actions(detail: Mapping[str, Any]) -> list[str]:
    actions = detail.get("actions")
    if not isinstance(actions, list) or not actions:
        _malformed()
    return [_matching(_ACTION, action) for action in actions]


def _matching(form: re.Pattern[str], value: Any) -> str:
    return value if isinstance(value, str) and form.fullmatch(value) else _malformed()
