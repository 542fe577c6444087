"""The contract's PDF by typst: the same contract gives the same bytes, on any machine.

Only the fonts beside this file are used: DejaVu Sans (Latin, Greek, Cyrillic, Hebrew, Armenian, Georgian) and Noto Naskh Arabic
(Arabic, Urdu, Persian). A text with other characters is refused, rather than signed with gaps.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import typst
from chassis.errors import InvalidFields, Violation

from contracts.adapters.document.content import content
from contracts.adapters.document.coverage import covered, missing
from contracts.app.ports import Document
from contracts.domain.contract import Contract
from contracts.domain.terms import FixedTerms, SessionTerms

_FOLDER = Path(str(resources.files("contracts.adapters.document")))
# What contract.typ takes from the Arabic font: the blocks Arabic, Supplement, Extended-A and both sets of presentation forms.
_BLOCKS = ((0x600, 0x700), (0x750, 0x780), (0x8A0, 0x900), (0xFB50, 0xFE00), (0xFE70, 0xFEFD))
_ARABIC = frozenset(code for first, end in _BLOCKS for code in range(first, end))
_MAX_SHOWN = 10


class TypstRenderer:
    """Renders in threads of its own, outside of the event loop. `close` ends them."""

    def __init__(self, threads: int) -> None:
        self._template = (_FOLDER / "contract.typ").read_bytes()
        self._fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FOLDER / "fonts"])
        self._threads = ThreadPoolExecutor(threads, "document")
        self._codes = _both("DejaVuSans") | _both("NotoNaskhArabic") & _ARABIC

    async def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    async def render(self, contract: Contract, client_name: str, order_number: str) -> Document:
        """Raises InvalidFields for text with characters the document cannot show."""
        self._check(contract, client_name, order_number)
        data = json.dumps(content(contract, client_name, order_number), ensure_ascii=False, sort_keys=True)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._compile, data)

    def _compile(self, data: str) -> Document:
        pdf, warnings = typst.compile_with_warnings(
            self._template, sys_inputs={"data": data}, font_paths=self._fonts, format="pdf", timestamp=0
        )
        if warnings:  # an unknown font, for example: the document would not be what it should
            raise RuntimeError("typst warned about the contract's document")
        return Document(pdf, hashlib.sha256(pdf).hexdigest())

    def _check(self, contract: Contract, client_name: str, order_number: str) -> None:
        found = []
        for field, text in [("organisation", client_name), ("purchase_order", order_number), *_texts(contract)]:
            if odd := missing(text, self._codes):
                codes = ", ".join(f"U+{ord(c):04X}" for c in odd[:_MAX_SHOWN])
                found.append(Violation(field, f"has characters the document cannot show: {codes}", "UNPRINTABLE"))
        if found:
            raise InvalidFields(found)


def _both(font: str) -> frozenset[int]:
    """What regular and bold can show."""
    regular, bold = (covered((_FOLDER / "fonts" / f"{font}{style}.ttf").read_bytes()) for style in ("", "-Bold"))
    return regular & bold


def _texts(contract: Contract) -> Sequence[tuple[str, str]]:
    """The free texts with their fields."""
    terms = contract.terms
    found = [("terms.title", terms.title), ("terms.scope", terms.scope), ("external_id", contract.external_id)]
    if isinstance(terms.kind, FixedTerms):
        found += [(f"terms.fixed.milestones[{n}].title", m.title) for n, m in enumerate(terms.kind.milestones)]
    if isinstance(terms.kind, SessionTerms):
        found += [(f"terms.session.rates[{n}].skill", rate.skill) for n, rate in enumerate(terms.kind.rates)]
    return found
