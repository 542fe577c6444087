"""The methods of all services, by the names the audit trail has them under."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import kamai


@cache
def known() -> tuple[str, ...]:
    """Each as /package.Service/Method."""
    files = [each.name for each in pkgutil.walk_packages(kamai.__path__, "kamai.") if each.name.endswith("_pb2")]
    services = [s for name in files for s in importlib.import_module(name).DESCRIPTOR.services_by_name.values()]
    return tuple(f"/{service.full_name}/{method.name}" for service in services for method in service.methods)
