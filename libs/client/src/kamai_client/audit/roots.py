"""Signed roots, and the keys they are verified with: as files and exports have them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.timestamp_pb2 import Timestamp
from kamai.ops.v1 import audit_pb2 as pb

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
