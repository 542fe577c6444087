"""What goes wrong with sealed values. No text holds a value or a key."""

from __future__ import annotations

from chassis.errors import Unavailable


class Erased(Exception):
    """The subject's key was destroyed: the value is gone for good, and no new one can be sealed for this subject."""


class CannotOpen(Exception):
    """Not sealed for this place, changed since, or sealed with a key nobody has."""


class KeysUnavailable(Unavailable):
    """The provider of the root key was needed and did not help: the same call may pass later."""


class KeyProviderFault(Exception):
    """A provider could not wrap or unwrap. The text is for the operator: what was asked of whom, and what came of it."""
