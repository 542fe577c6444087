"""Signed roots: from the file, from the topic, from the service itself; which of them hold."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.ops.v1 import audit_pb2 as pb

from kamai_client.audit import canonical
from kamai_client.audit.findings import Finding, Kind

Keys = Mapping[str, Ed25519PublicKey]


class UnusableFile(Exception):
    """A file of roots or keys, or an export, is not one; the text says where."""


@dataclass(frozen=True)
class Source:
    """Roots from one place.

    Attributes:
        outside: not the service's own word.
        whole: it keeps every root.
        later: those that were signed after the entries were read.
    """

    name: str
    roots: Sequence[pb.AuditRoot]
    outside: bool = True
    whole: bool = True
    later: Sequence[pb.AuditRoot] = ()

    def known_by_then(self, other: Source) -> Source:
        """What `other` had when this was taken, going by its newest root: later ones may know entries that this has not."""
        newest = max((root.signed_at.ToNanoseconds() for root in self.roots), default=0)
        held: list[pb.AuditRoot] = []
        later: list[pb.AuditRoot] = []
        for root in other.roots:
            (held if not newest or root.signed_at.ToNanoseconds() <= newest else later).append(root)
        return Source(other.name, held, other.outside, other.whole, later)


@dataclass
class Checked:
    """The roots of one service that hold, by their chain's tenant, and what is wrong with the others."""

    by_tenant: dict[str, list[pb.AuditRoot]] = field(default_factory=dict)
    later: dict[str, list[pb.AuditRoot]] = field(default_factory=dict)
    without_key: dict[tuple[str, str, int], pb.AuditRoot] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    outside: int = 0

    @property
    def as_of(self) -> str:
        """When the newest of them was signed; "" when there is none."""
        newest = max((root.signed_at for known in self.by_tenant.values() for root in known), key=canonical.micros, default=None)
        return newest.ToJsonString() if newest else ""


def files_in(given: Iterable[Path], pattern: str) -> list[Path]:
    """The files themselves, and those of a folder whose names fit; raises UnusableFile for a folder without any."""
    found: list[Path] = []
    for path in given:
        inside = sorted(path.glob(pattern)) if path.is_dir() else [path]
        if not inside:
            raise UnusableFile(f"{path} has no {pattern}")
        found += inside
    return found


def read_keys(files: Iterable[Path]) -> Keys:
    """Public keys by their ids (JWK sets); raises UnusableFile."""
    found = {}
    for file in files:
        try:
            for key in json.loads(file.read_text())["keys"]:
                raw = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
                found[str(key["kid"])] = Ed25519PublicKey.from_public_bytes(raw)
        except OSError as error:
            raise UnusableFile(f"{file}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            raise UnusableFile(f"{file} is no JWK set of Ed25519 keys") from None
    return found


def read_file(file: Path) -> Source:
    """A file of roots as a service keeps it; raises UnusableFile. Half a last line is left out: it is being written."""
    found = []
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UnusableFile(f"{file}: {error.strerror}") from None
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            found.append(from_json(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UnusableFile(f"{file}, line {number}: no root") from None
    return Source(file.name, found)


def from_json(value: Mapping[str, Any]) -> pb.AuditRoot:
    """A root from a line of the file or of an export."""
    at = Timestamp()
    at.FromDatetime(datetime.fromisoformat(value["signed_at"]))
    return pb.AuditRoot(
        service=value["service"], organisation_id=value["organisation_id"], number=value["number"], sequence=value["sequence"],
        hash=bytes.fromhex(value["hash"]), previous=bytes.fromhex(value["previous"]), signed_at=at, key_id=value["key_id"],
        signature=bytes.fromhex(value["signature"]),
    )  # fmt: skip


def as_json(root: pb.AuditRoot) -> dict[str, Any]:
    at = root.signed_at.ToJsonString()
    return {
        "service": root.service, "organisation_id": root.organisation_id, "number": root.number, "sequence": root.sequence,
        "hash": root.hash.hex(), "previous": root.previous.hex(), "signed_at": at, "key_id": root.key_id,
        "signature": root.signature.hex(),
    }  # fmt: skip


def check(sources: Iterable[Source], service: str, organisation_id: str, keys: Keys) -> Checked:
    """The roots of one service; `organisation_id` "" takes every chain."""
    checked = Checked()
    known: dict[tuple[str, int], pb.AuditRoot] = {}
    forgotten: dict[tuple[str, int], pb.AuditRoot] = {}

    def holding(given: Iterable[pb.AuditRoot], source: Source) -> list[pb.AuditRoot]:
        mine = (r for r in given if r.service == service and organisation_id in ("", r.organisation_id))
        return [r for r in mine if _holds(r, source, keys, checked)]

    for source in sorted(sources, key=lambda each: not each.outside):
        held = {(r.organisation_id, r.number): r for r in holding(source.roots, source)}
        for root in holding(source.later, source):
            checked.later.setdefault(root.organisation_id, []).append(root)
        if source.whole:
            checked.findings += _gaps(list(held.values()), source)
        if source.outside:
            checked.outside += len(held)
        else:
            forgotten = {each: root for each, root in known.items() if each not in held}
        for place, root in held.items():
            if known.setdefault(place, root) != root:  # two roots of one number: both are held against the chain
                checked.by_tenant.setdefault(root.organisation_id, []).append(root)
    for root in forgotten.values():
        sentence = f"the service no longer lists root {root.number} (of entry {root.sequence}), which was signed"
        checked.findings.append(Finding(Kind.ROOT_MISSING, service, root.organisation_id, root.sequence, sentence))
    for root in known.values():
        checked.by_tenant.setdefault(root.organisation_id, []).append(root)
    checked.count = len(known)
    checked.findings += _without_key(checked, service)
    return checked


def _without_key(checked: Checked, service: str) -> list[Finding]:
    """One sentence for each key that was not given."""
    by_key: dict[str, list[pb.AuditRoot]] = {}
    for root in checked.without_key.values():
        by_key.setdefault(root.key_id, []).append(root)
    given = checked.count or checked.later
    return [
        Finding(
            Kind.NO_KEY, service, None, 0, (f"key {key_id} was not given" if given else f"no key of {service} was given")
            + f": {len(signed)} {'root is' if len(signed) == 1 else 'roots are'} signed with {'it' if given else key_id}",
        )
        for key_id, signed in by_key.items()
    ]  # fmt: skip


def _holds(root: pb.AuditRoot, source: Source, keys: Keys, checked: Checked) -> bool:
    key = keys.get(root.key_id)
    if key is None:
        checked.without_key[root.key_id, root.organisation_id, root.number] = root
        return False
    try:
        key.verify(root.signature, canonical.root(root))
        return True
    except (InvalidSignature, canonical.Malformed):
        problem = "has a wrong signature"
    sentence = f"root {root.number} (of entry {root.sequence}) in {source.name} {problem}"
    checked.findings.append(Finding(Kind.ROOT_INVALID, root.service, root.organisation_id, root.sequence, sentence))
    return False


def _gaps(roots: Sequence[pb.AuditRoot], source: Source) -> list[Finding]:
    """Where a place that keeps every root lacks one: the first of each chain."""
    found: list[Finding] = []
    last: dict[str, pb.AuditRoot] = {}
    broken = set()
    for root in sorted(roots, key=lambda each: (each.organisation_id, each.number)):
        before = last.get(root.organisation_id)
        last[root.organisation_id] = root
        number = before.number + 1 if before else 1
        digest = hashlib.sha256(canonical.root(before)).digest() if before else canonical.FIRST
        if root.organisation_id in broken or (root.number == number and root.previous == digest):
            continue
        broken.add(root.organisation_id)
        what = f"root {number} is missing" if root.number > number else f"root {root.number} does not follow the one before it"
        sentence = f"{source.name}: {what}"
        found.append(Finding(Kind.ROOT_MISSING, root.service, root.organisation_id, root.sequence, sentence))
    return found
