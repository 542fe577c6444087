"""Free text reaches the bank in the character set it accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payouts.adapters.iso20022.latin import is_latin, to_latin


@given(text=st.text(max_size=200), limit=st.integers(1, 140))
def test_any_text_becomes_acceptable(text: str, limit: int) -> None:
    """Whatever comes in, what goes out is empty or in the set, within the limit and stable."""
    written = to_latin(text, limit)
    assert not written or is_latin(written)
    assert len(written) <= limit
    assert to_latin(written, limit) == written
    assert "//" not in written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Zoë Ünal & Söhne", "Zoe Unal + Sohne"),
        ("محمد علي", "mhmd 'ly"),
        ("习近平", "XiJinPing"),
        ("a_b[c]\n{d}~e", "a-b(c) (d)-e"),
        ("50% #1", "50. .1"),
        ("/ref//12/", "ref/12"),
    ],
)
def test_known_texts(text: str, written: str) -> None:
    """Scripts are transliterated, look-alikes kept, other signs become a full stop."""
    assert to_latin(text, 70) == written
