"""Characters that need more than a transliteration table: look-alikes, Arabic script, Hangul."""

# Letters of other alphabets that are drawn like a Latin one (Unicode TR39 confusables, the ones names use).
LOOKALIKES = str.maketrans(
    "асеорхуіјѕһԁԛԝвнкмтгпАСЕОРХУІЈЅВНКМТΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχ",
    "aceopxyijshdqwbhkmtrnACEOPXYIJSBHKMTABEZHIKMNOPTYXaeikvoptux",
)
# Only shapes that are identical in common fonts may turn a whole word into Latin.
EXACT_LOOKALIKES = frozenset("асеорхуіјѕһԁАСЕОРХУІЈЅВНКМТΑΒΕΖΗΙΚΜΝΟΡΤΥΧο")

DIGIT_LOOKALIKES = str.maketrans("01345678$@!|", "oieasgtbsail")

# Arabic, Persian and Urdu letters. Long vowels become w/y/a: the phonetic fold treats them as vowels.
ARABIC = str.maketrans(
    {
        "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ب": "b", "پ": "p", "ت": "t", "ٹ": "t", "ث": "th",
        "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "د": "d", "ڈ": "d", "ذ": "dh", "ر": "r", "ڑ": "r", "ز": "z",
        "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f",
        "ڤ": "v", "ق": "q", "ک": "k", "ك": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ں": "n", "ه": "h",
        "ہ": "h", "ھ": "h", "ۀ": "h", "ة": "a", "ۃ": "a", "و": "w", "ؤ": "w", "ي": "y", "ی": "y", "ى": "a",
        "ځ": "z", "څ": "ts", "ړ": "r", "ښ": "sh", "ږ": "g", "ې": "e", "ۍ": "y", "ګ": "g", "ډ": "d", "ټ": "t", "ڼ": "n",
        "ئ": "y", "ے": "e", "ء": "", "ـ": "",
    }
)  # fmt: skip

# Hangul surnames as their bearers spell them, where it differs from the official romanisation.
HANGUL_SURNAMES = {
    "gim": "kim", "i": "lee", "ri": "lee", "bak": "park", "choe": "choi", "jeong": "jung", "gang": "kang",
    "jo": "cho", "yun": "yoon", "im": "lim", "u": "woo", "no": "roh", "gwon": "kwon", "gu": "koo",
    "mun": "moon", "son": "son", "bae": "bae", "baek": "paek", "o": "oh", "yu": "yoo", "ju": "joo",
}  # fmt: skip


def script_of(char: str) -> str:
    """The alphabet of a letter as far as folding cares: LATIN, CYRILLIC, GREEK, ARABIC, HEBREW, CJK, HANGUL, OTHER."""
    point = ord(char)
    for last, script in _RANGES:
        if point <= last:
            return script
    return "OTHER"


_RANGES = (
    (0x036F, "LATIN"),
    (0x03FF, "GREEK"),
    (0x052F, "CYRILLIC"),
    (0x058F, "OTHER"),
    (0x05FF, "HEBREW"),
    (0x08FF, "ARABIC"),
    (0x0EFF, "ABUGIDA"),  # Devanagari to Lao: vowels are signs or inherent
    (0x10FF, "OTHER"),
    (0x11FF, "HANGUL"),
    (0x1DFF, "OTHER"),
    (0x1EFF, "LATIN"),
    (0x1FFF, "GREEK"),
    (0x3130, "CJK"),
    (0x318F, "HANGUL"),
    (0xABFF, "CJK"),
    (0xD7FF, "HANGUL"),
    (0xFAFF, "CJK"),
    (0xFB1C, "LATIN"),
    (0xFB4F, "HEBREW"),
    (0xFEFE, "ARABIC"),
)
