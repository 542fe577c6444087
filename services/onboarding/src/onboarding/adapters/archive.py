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

profile.json        what was declared, with the state of the case, its capabilities and requirements
accounts.json       bank accounts payouts go to, or went to, in full
reviews.json        decisions of compliance officers about the case, with their reasons
screening.json      the last comparison with official sanctions lists: candidates, evidence, what was decided
decisions.json      every decision about a candidate of such a list
transitions.json    every step of the case, of its accounts and of its reviews
remarks.json        what was said at such a step; `version` tells which
events.json         what other services of the platform were told
engagements.json    organisations that have had a contract before the contractor
search_index.json   how many keyed hashes are kept, so that a number, an account or an e-mail can be found
audit_entries.json  who read or changed these data, when (the newest 10,000)

Times are UTC; countries ISO 3166-1, currencies ISO 4217, dates ISO 8601.

Not in here:
- the contracts service keeps contracts, work and invoices;
- the payouts service keeps what is owed and was paid, and the account each payment went to;
- legal holds, which are kept for courts and authorities;
- in the copy that a contractor makes of itself, what compliance officers looked at, found and wrote: ask the platform for it.
Answers to repeated calls are kept sealed for 30 days and hold nothing else than these files.
"""


def archive(contractor_id: str, made: datetime, files: Mapping[str, Any]) -> bytes:
    """A zip archive; the same content and moment give the same bytes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as bundle:
        readme = _README.format(contractor_id=contractor_id, made=made.isoformat(timespec="seconds"))
        bundle.writestr(_entry("README.txt", made), readme)
        for name, content in files.items():
            bundle.writestr(_entry(f"{name}.json", made), msgspec.json.format(msgspec.json.encode(content), indent=2))
    return into.getvalue()


def _entry(name: str, made: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, made.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
