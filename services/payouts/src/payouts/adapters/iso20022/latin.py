"""Free text for the wire: the SWIFT latin set, and the one place where text is shortened.

Banks accept `a-z A-Z 0-9 / - ? : ( ) . , ' +` and space. Other scripts are transliterated; signs that
have a look-alike in the set become it, any other a full stop (the practice of EPC217-08). Identifiers,
accounts and amounts never pass through here: they go out as they are or not at all.
"""

import re
from functools import lru_cache

from anyascii import anyascii

_OUTSIDE = re.compile(r"[^a-zA-Z0-9/\-?:().,'+ ]")
_LATIN = re.compile(r"[a-zA-Z0-9/\-?:().,'+ ]+")
_LOOK_ALIKE = str.maketrans('&_"`[{]}\\|~;', "+-''(())//-,")


def is_latin(text: str) -> bool:
    """Whether a bank accepts the text as it stands."""
    return _LATIN.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def to_latin(text: str, limit: int) -> str:
    """The text in the accepted set, white space folded, cut to `limit` characters; may be empty.

    No leading, trailing or double slash: banks read those as the delimiters of a structured line.
    """
    if not is_latin(text):
        text = _OUTSIDE.sub(".", " ".join(anyascii(text).split()).translate(_LOOK_ALIKE))
    text = re.sub("/{2,}", "/", " ".join(text.split())).strip("/ ")
    return text[:limit].rstrip("/ ")
