"""Rules of the protos are told in words, and what is missing by the option it is given with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from chassis import errors
from kamai_client import patterns
from unit.client.answering import Answering, Run

PATTERNS = sorted({
    found
    for file in (Path(__file__).parents[3] / "protos").rglob("*.proto")
    for found in re.findall(r'pattern(?: =|:) "([^"]+)"', file.read_text(encoding="utf-8"))
})  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_has_its_words(pattern: str) -> None:
    """A new rule is not told by a sentence that says nothing."""
    rule = pattern.replace("\\\\", "\\")
    said = patterns.in_words(f"does not match regex pattern `{rule}`")
    assert said.startswith(("must be", "write it as"))
    assert rule not in said


@pytest.mark.parametrize(
    ("line", "method", "field", "said"),
    [
        ("contractors register --name B", "RegisterContractor", "profile.country", "profile.country: is missing (--country)"),
        ("contractors register --country PK", "RegisterContractor", "profile.legal_name", "legal_name: is missing (--name)"),
        ("orgs create '' PK", "CreateOrganisation", "legal_name", "legal_name: is missing (NAME)"),
        ("orgs create Cedar P", "CreateOrganisation", "country", "country: must be a country's ISO 3166-1"),
    ],
)
def test_what_is_missing_is_named_by_its_option(
    run: Run, server: Answering, line: str, method: str, field: str, said: str
) -> None:
    """A person who typed a command is told which of its options lacks; what is there and wrong is told by its form."""
    sent = errors.InvalidFields([errors.Violation(field, "does not match regex pattern `^[A-Z]{2}$`", "STRING_PATTERN")])
    server.refuse(method, sent)
    assert said in run(line).stderr
