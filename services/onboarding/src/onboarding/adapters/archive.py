"""The archive a person gets: JSON files, and a text that explains them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

_README = """\
Personal data held by the onboarding service
============================================

Contractor: {contractor_id}
Made:       {made}

{files}

Times are UTC; countries ISO 3166-1, currencies ISO 4217, dates ISO 8601.

Not in here:
- the contracts service keeps contracts, work and invoices;
- the payouts service keeps what is owed and was paid, and the account each payment went to;
- legal holds, which are kept for courts and authorities;
{withheld}Answers to repeated calls are kept sealed for 30 days and hold nothing else than these files.
"""
_FILES = {
    "profile": "what was declared, with the state of the case, its capabilities and requirements",
    "accounts": "bank accounts payouts go to, or went to, in full",
    "reviews": "decisions of compliance officers about the case, with their reasons",
    "screening": "the last comparison with official sanctions lists: candidates, evidence, what was decided",
    "decisions": "every decision about a candidate of such a list",
    "transitions": "every step of the case, of its accounts and of its reviews",
    "remarks": "what was said at such a step; `version` tells which",
    "events": "what other services of the platform were told",
    "engagements": "organisations that have had a contract before the contractor",
    "search_index": "how many keyed hashes are kept, so that a number, an account or an e-mail can be found",
    "audit_entries": "who read or changed these data, when (the newest 10,000)",
}
_WITHHELD = """\
- what compliance officers looked at, found and wrote, and who read these data: they are no part of any copy that a contractor
  makes of itself, whether or not there is anything (the law forbids to tell that a suspicion is looked into). The platform's
  compliance officers decide what of it can be given out: ask them.
"""


def archive(contractor_id: str, made: datetime, files: Mapping[str, Any]) -> bytes:
    """A zip archive; the same content and moment give the same bytes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(_entry("README.txt", made), _readme(contractor_id, made, files))
        for name, content in files.items():
            bundle.writestr(_entry(f"{name}.json", made), msgspec.json.format(msgspec.json.encode(content), indent=2))
    return into.getvalue()


def _readme(contractor_id: str, made: datetime, files: Mapping[str, Any]) -> str:
    """Explains the files that are there, and that there are others."""
    lines = [f"{name + '.json':<20}{about}" for name, about in _FILES.items() if name in files]
    withheld = "" if _FILES.keys() <= files.keys() else _WITHHELD
    moment = made.isoformat(timespec="seconds")
    return _README.format(contractor_id=contractor_id, made=moment, files="\n".join(lines), withheld=withheld)


def _entry(name: str, made: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, made.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
