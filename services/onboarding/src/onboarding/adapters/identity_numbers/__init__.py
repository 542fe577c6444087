"""Format checks of national and tax numbers, per country."""

from .checker import RegistryNumberChecker
from .self_check import self_check

__all__ = ["RegistryNumberChecker", "self_check"]
