"""What stands for a value in `--help`, by the name of the parameter; a command that means something else says so itself."""

from __future__ import annotations

import inspect
from copy import copy
from typing import Annotated, Any, get_args, get_origin

import typer
from typer.models import ArgumentInfo, OptionInfo, ParameterInfo

BY_PARAMETER = {
    "acting_as": "NAME", "acting_for": "ORG_ID", "account": "ACCOUNT_ID", "address": "LINE", "bank": "BANK", "bic": "BIC",
    "birth_date": "DATE", "budget": "AMOUNT", "client": "ORG_ID", "contract": "CONTRACT_ID", "contractor": "CONTRACTOR_ID",
    "country": "COUNTRY", "currency": "CURRENCY", "day": "DATE=UNITS[:NOTE]", "due_by": "DATE", "email": "EMAIL",
    "end_to_end_id": "REFERENCE", "etag": "ETAG", "evidence": "TEXT", "external_id": "REFERENCE", "field": "NAME=VALUE",
    "file": "FILE", "holder": "NAME", "iban": "IBAN", "id_number": "KIND:COUNTRY:VALUE", "keys": "FILE", "limit": "N",
    "line": "DESCRIPTION=CEILING[@COST_CENTRE]", "message": "TEXT", "milestone": "TITLE=AMOUNT[@DUE]", "minutes": "MINUTES",
    "name": "NAME", "nationality": "COUNTRY", "note": "TEXT", "number": "NUMBER", "obligation": "OBLIGATION_ID",
    "other_name": "NAME", "out": "FILE", "partner_bank": "BANK", "phone": "PHONE", "purpose": "CODE", "rate": "AMOUNT",
    "reason": "TEXT", "reference": "REFERENCE", "role": "ROLE", "run": "RUN_ID", "service": "SERVICE",
    "sha256": "SHA256", "skill": "SKILL", "start": "MOMENT", "title": "TITLE", "tolerance_bps": "BASIS_POINTS",
    "type_prefix": "TYPE", "value_date": "DATE", "weekly_cap": "UNITS",
}  # fmt: skip


def named(parameter: inspect.Parameter) -> inspect.Parameter:
    """The parameter with its metavar, where it has none of its own."""
    value_type, info = _parts(parameter.annotation)
    if info is None:
        info = typer.Option() if parameter.default is not inspect.Parameter.empty else typer.Argument()
    if info.metavar is None and parameter.name in BY_PARAMETER:
        info = copy(info)  # one alias may serve parameters of several names
        info.metavar = BY_PARAMETER[parameter.name]
    return parameter.replace(annotation=Annotated[value_type, info])


def label(parameter: inspect.Parameter) -> str:
    """What a person calls it: ``--country`` of an option, the metavar of an argument."""
    _, info = _parts(parameter.annotation)
    if isinstance(info, ArgumentInfo):
        return info.metavar or parameter.name.upper()
    names = info.param_decls if info else None
    return next((name for name in names or () if name.startswith("--")), f"--{parameter.name.replace('_', '-')}")


def _parts(annotation: Any) -> tuple[Any, ParameterInfo | None]:
    if get_origin(annotation) is not Annotated:
        return annotation, None
    value_type, *extra = get_args(annotation)
    return value_type, next((each for each in extra if isinstance(each, OptionInfo | ArgumentInfo)), None)
