"""Personal data at rest: sealed with a key of its subject, which is wrapped by a key of the service, which is wrapped by a root
key outside of the database. Whoever destroys the subject's key has erased every value sealed with it.
"""

from chassis.vault.blob import Place
from chassis.vault.digests import SERVICE
from chassis.vault.errors import CannotOpen, Erased, KeyProviderFault, KeysUnavailable
from chassis.vault.keys import Subject
from chassis.vault.settings import VaultSettings, open_vault
from chassis.vault.vault import ToSeal, Vault

__all__ = [
    "SERVICE",
    "CannotOpen",
    "Erased",
    "KeyProviderFault",
    "KeysUnavailable",
    "Place",
    "Subject",
    "ToSeal",
    "Vault",
    "VaultSettings",
    "open_vault",
]
