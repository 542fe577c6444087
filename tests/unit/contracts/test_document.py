"""The contract's document: deterministic, safe against markup, complete in its letters."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from chassis.errors import InvalidFields
from contracts.adapters.document.content import content
from contracts.adapters.document.coverage import missing
from contracts.adapters.document.renderer import TypstRenderer
from unit.contracts.samples import SESSION, TIME, drafted


@pytest.fixture
async def renderer() -> AsyncIterator[TypstRenderer]:
    made = TypstRenderer(2)
    yield made
    await made.close()


async def test_the_same_contract_gives_the_same_bytes(renderer: TypstRenderer) -> None:
    """Across renderers too; another word gives another hash."""
    contract = drafted(SESSION, scope="Interviews for\nsenior engineers")
    first = await renderer.render(contract, "Cedar Mills Ltd", "PO-1")
    other = TypstRenderer(1)
    assert await other.render(contract, "Cedar Mills Ltd", "PO-1") == first
    await other.close()
    assert first.sha256 == hashlib.sha256(first.pdf).hexdigest()
    changed = replace(contract, terms=replace(contract.terms, title="Platform works"))
    assert (await renderer.render(changed, "Cedar Mills Ltd", "PO-1")).sha256 != first.sha256


@pytest.mark.parametrize(
    "hostile",
    ['#panic("no")', "*bold* _x_ $x^2$ `raw` = head", ']#include "/etc/passwd"[', "<label> @ref \\ // -- /* x", '"}{#eval("1")'],
)
async def test_text_is_never_markup(renderer: TypstRenderer, hostile: str) -> None:
    """Whatever users write is shown as they wrote it: it neither runs nor breaks the document."""
    contract = drafted(TIME, scope=hostile)
    contract = replace(contract, terms=replace(contract.terms, title=hostile))
    assert (await renderer.render(contract, hostile, hostile)).pdf.startswith(b"%PDF")


@pytest.mark.parametrize("text", ["Ünïcödé Łódź", "Договор", "Σύμβαση", "عقد عمل", "معاہدہ ٹڈڑںےہ گچپژ", "قرارداد ۱۲۳"])
async def test_scripts_that_are_covered(renderer: TypstRenderer, text: str) -> None:
    """Latin, Cyrillic, Greek, Arabic, Urdu, Persian."""
    assert await renderer.render(drafted(scope=text), "Cedar Mills Ltd", "PO-1")


async def test_characters_without_a_glyph_are_refused(renderer: TypstRenderer) -> None:
    """Chinese and Devanagari are named by code point and field."""
    with pytest.raises(InvalidFields) as found:
        await renderer.render(drafted(scope="合同 अनुबंध"), "Cedar Mills Ltd", "PO-1")
    assert [(v.field, v.code) for v in found.value.violations] == [("terms.scope", "UNPRINTABLE")]
    assert "U+5408" in found.value.message


def test_what_is_missing_is_listed_once() -> None:
    """Line ends and joiners need no glyph; controls and marks that turn the reading order are refused even with one."""
    assert missing("aXbX\n\u200d", frozenset(map(ord, "ab"))) == "X"
    assert missing("a\u202eb\x1b\u2066", frozenset({*map(ord, "ab"), 0x202E, 0x1B})) == "\u202e\x1b\u2066"


def test_the_document_states_every_rule_of_a_session_contract() -> None:
    """Rates, premiums, cancellation and no-show are in what both sign."""
    said = content(drafted(SESSION), "Cedar Mills Ltd", "PO-1")
    text = " ".join([*said["rules"], *(f"{a} {b}" for a, b in said["prices"])])
    needed = ["interview, each hour 90.00 USD", "25 % more", "Asia/Karachi", "50 % of the price", "100 % of the price", "14 days"]
    for phrase in needed:
        assert phrase in text
