"""What requirements/*.lock pin, and what the installed packages say of themselves."""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("onboarding", "contracts", "payouts")
# Only for systems where development is not checked, so their metadata cannot be read here.
ELSEWHERE = {"pywin32": "PSF-2.0"}
# Text of the classifiers and old licence fields that are in use here, as SPDX has it.
SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Artistic License": "Artistic-1.0-Perl",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Public Domain": "LicenseRef-Public-Domain",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
}
VAGUE = {"", "UNKNOWN", "LGPL", "BSD"}


class Package(NamedTuple):
    """One pinned package; `marker` says where it is installed ("" for everywhere)."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def used_here(self) -> bool:
        return not self.marker or Marker(self.marker).evaluate()


@cache
def packages(lock: str) -> tuple[Package, ...]:
    """Of requirements/<lock>.lock, by name."""
    blocks = re.split(r"\n(?=\S)", (ROOT / f"requirements/{lock}.lock").read_text().strip())
    found = []
    for block in blocks:
        head = re.match(r"([A-Za-z0-9_.-]+)==([^\s;]+)(?: ; (.*?))?(?: \\)?\n", block)
        if head is None:
            raise SystemExit(f"requirements/{lock}.lock: not a pinned requirement: {block.splitlines()[0]}")
        hashes = tuple(sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)))
        found.append(Package(canonicalize_name(head[1]), head[2], head[3] or "", hashes))
    return tuple(sorted(found))


def licence(name: str) -> str:
    """SPDX expression from the installed metadata: its field, else the old one, else the classifiers; "" if none says."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    said = metadata.metadata(name)
    if expression := said.get("License-Expression"):
        return expression
    old = (said.get("License") or "").strip().split("\n")[0]
    if old not in VAGUE and (
        known := SPDX.get(old, old if re.fullmatch(r"[A-Za-z0-9.-]+( (OR|AND) [A-Za-z0-9.-]+)*", old) else "")
    ):
        return known
    classes = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License :: ")]
    known_classes = [SPDX[each] for each in classes if each in SPDX]
    return " OR ".join(sorted(set(known_classes))) if len(known_classes) == len(classes) else ""
