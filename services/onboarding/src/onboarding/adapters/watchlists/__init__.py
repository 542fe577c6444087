"""Importers of official lists."""

from .ofac_sdn import OfacFiles, WatchlistImport, import_ofac_sdn
from .records import Limits, ListTooLarge, Problem

__all__ = ["Limits", "ListTooLarge", "OfacFiles", "Problem", "WatchlistImport", "import_ofac_sdn"]
