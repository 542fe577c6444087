"""Writes a CycloneDX SBOM of what each service has at runtime to .local/sbom/, and prints a table.

From the locked requirements for this platform: the same locks give the same bytes. It holds no time, machine or registry.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import locked
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = locked.ROOT / ".local/sbom"


def component(package: locked.Package) -> Component:
    """One package. Any of several archives may be installed, so their hashes are properties, not the component's own."""
    licence = locked.licence(package.name)
    return Component(
        type=ComponentType.LIBRARY,
        name=package.name,
        version=package.version,
        bom_ref=f"{package.name}@{package.version}",
        purl=PackageURL("pypi", name=package.name, version=package.version),
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        properties=[Property(name="kamai:accepted:sha256", value=digest) for digest in package.hashes],
    )


def needs(name: str) -> set[str]:
    """Names of what a package requires here; our own with all their extras, as they are locked."""
    wanted = [Requirement(each) for each in metadata.requires(name) or []]
    extras = ["", *(metadata.metadata(name).get_all("Provides-Extra", []) if name.startswith("kamai-") else [])]
    return {
        canonicalize_name(each.name)
        for each in wanted
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras)
    }


def bom(service: str) -> Bom:
    parts = {package.name: component(package) for package in locked.packages(service) if package.used_here}
    own = ("kamai-protos", "kamai-vocabulary", "kamai-chassis", f"kamai-{service}")
    for name in own:
        kind = ComponentType.APPLICATION if name == own[-1] else ComponentType.LIBRARY
        licence = LicenseFactory().make_from_string(locked.licence(name))
        version = metadata.version(name)
        parts[name] = Component(type=kind, name=name, version=version, bom_ref=f"{name}@{version}", licenses=[licence])
    made = Bom(components=[part for name, part in parts.items() if name != own[-1]])
    made.metadata.component = parts[own[-1]]
    made.metadata.timestamp = None  # type: ignore[assignment]  # the same locks, the same bytes
    made.serial_number = uuid5(NAMESPACE_URL, "|".join(sorted(f"{part.name}@{part.version}" for part in parts.values())))
    for name, part in parts.items():
        made.register_dependency(part, [parts[each] for each in sorted(needs(name)) if each in parts])
    return made


def text(service: str) -> str:
    """The SBOM as JSON, held against CycloneDX's schema."""
    written = str(JsonV1Dot6(bom(service)).output_as_string(indent=2)) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(written):
        sys.exit(f"{service}: not a CycloneDX 1.6 document: {error}")
    if found := re.search(r"file:|/home/|/usr/|/tmp/|index-url", written):
        sys.exit(f"{service}: the SBOM names a place of this machine: {found[0]}")
    return written


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{'service':<12}{'packages':>9}{'licences':>10}  file")
    for service in locked.SERVICES:
        path = folder / f"{service}.json"
        path.write_text(text(service))
        packages = [package for package in locked.packages(service) if package.used_here]
        licences = {locked.licence(package.name) for package in packages}
        print(f"{service:<12}{len(packages):>9}{len(licences):>10}  {path.relative_to(locked.ROOT)}")


if __name__ == "__main__":
    main()
