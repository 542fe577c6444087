"""Ways to write a listed name differently, one function per kind. None when the name has nothing to mutate."""

import random
from collections.abc import Callable

from onboarding.adapters.name_matching.lexicon import TITLES
from onboarding.domain.watchlist import ListedName

Mutator = Callable[[ListedName, random.Random], str | None]

_CYRILLIC = (
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"), ("ya", "я"),
    ("ye", "е"), ("a", "а"), ("b", "б"), ("v", "в"), ("w", "в"), ("g", "г"), ("d", "д"), ("e", "е"), ("z", "з"),
    ("i", "и"), ("j", "дж"), ("k", "к"), ("q", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"),
    ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("f", "ф"), ("h", "х"), ("y", "й"), ("x", "кс"), ("c", "к"),
)  # fmt: skip
_ARABIC = (
    ("sh", "ش"), ("kh", "خ"), ("gh", "غ"), ("th", "ث"), ("dh", "ذ"), ("aa", "ا"), ("ee", "ي"), ("oo", "و"),
    ("ou", "و"), ("ay", "ي"), ("aw", "و"), ("b", "ب"), ("t", "ت"), ("j", "ج"), ("h", "ح"), ("d", "د"), ("r", "ر"),
    ("z", "ز"), ("s", "س"), ("f", "ف"), ("q", "ق"), ("k", "ك"), ("l", "ل"), ("m", "م"), ("n", "ن"), ("w", "و"),
    ("y", "ي"), ("u", ""), ("i", ""), ("a", ""), ("e", ""), ("o", "و"), ("g", "غ"), ("p", "ب"), ("v", "ف"), ("c", "ك"),
)  # fmt: skip
_HOMOGLYPHS = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_RESPELLED = (
    ("ou", "u"), ("u", "ou"), ("ee", "i"), ("sh", "ch"), ("kh", "h"), ("ph", "f"), ("q", "k"), ("w", "v"),
    ("y", "i"), ("ei", "ey"), ("z", "s"), ("c", "k"), ("j", "dj"), ("th", "t"), ("dh", "d"), ("gh", "g"), ("x", "ks"),
)  # fmt: skip
_NICKNAMES = {
    "alexander": "Sasha", "aleksandr": "Sasha", "vladimir": "Volodya", "mikhail": "Misha", "dmitry": "Dima",
    "jose": "Pepe", "francisco": "Paco", "enrique": "Quique", "luis": "Lucho", "manuel": "Manolo",
    "antonio": "Tono", "jesus": "Chucho", "eduardo": "Lalo", "guillermo": "Memo", "rafael": "Rafa",
    "robert": "Bob", "william": "Bill", "james": "Jim", "joseph": "Joe", "michael": "Mike", "david": "Dave",
    "sergey": "Seryozha", "sergei": "Serega", "nikolay": "Kolya", "nikolai": "Kolya", "yuri": "Yura",
    "yevgeny": "Zhenya", "evgeny": "Zhenya", "konstantin": "Kostya", "viktor": "Vitya", "victor": "Vic",
    "giuseppe": "Peppe", "giovanni": "Gianni", "salvatore": "Toto", "vincenzo": "Enzo", "domenico": "Mimmo",
    "alejandro": "Alex", "roberto": "Beto", "ricardo": "Richi", "fernando": "Nando", "ignacio": "Nacho",
}  # fmt: skip


_BOUND = frozenset(("abd", "abdul", "abdel", "abu", "al", "umm"))  # not a name without its second half


def _parts(name: ListedName) -> tuple[list[str], list[str]]:
    if name.surname:
        given = [w for w in name.given.split() if w.lower().strip(".") not in TITLES]
        return name.surname.split(), given or name.given.split()
    words = name.full.replace(",", " ").split()
    return words[-1:], words[:-1]


def _natural(name: ListedName) -> str:
    surname, given = _parts(name)
    return " ".join((*given, *surname)).title()


def _respelled(text: str, table: tuple[tuple[str, str], ...]) -> str:
    out, rest = "", text.lower()
    while rest:
        for latin, other in table:
            if rest.startswith(latin):
                out, rest = out + other, rest[len(latin) :]
                break
        else:
            out, rest = out + (rest[0] if rest[0] == " " else ""), rest[1:]
    return out


def exact(name: ListedName, rng: random.Random) -> str | None:
    return name.full


def order(name: ListedName, rng: random.Random) -> str | None:
    return _natural(name)


def typo(name: ListedName, rng: random.Random) -> str | None:
    words = _natural(name).split()
    long = [i for i, w in enumerate(words) if len(w) >= 6]
    if not long:
        return None
    i = rng.choice(long)
    word, at = words[i], rng.randrange(1, len(words[i]) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        word = word[:at] + word[at + 1 :]
    elif kind == 1:
        word = word[:at] + rng.choice("aeinrst") + word[at:]
    else:
        word = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :] if at > 1 else word[:at] + "e" + word[at + 1 :]
    return " ".join((*words[:i], word, *words[i + 1 :]))


def respelling(name: ListedName, rng: random.Random) -> str | None:
    text = _natural(name).lower()
    usable = [r for r in _RESPELLED if r[0] in text]
    if not usable:
        return None
    old, new = rng.choice(usable)
    return text.replace(old, new, 1).title()


def dropped_vowels(name: ListedName, rng: random.Random) -> str | None:
    words = _natural(name).split()
    if len(words) < 2 or min(len(w) for w in words) < 4:
        return None
    short = [w[0] + "".join(c for c in w[1:] if c not in "aeiou") for w in words]
    return " ".join(short) if min(map(len, short)) >= 3 else None


def homoglyphs(name: ListedName, rng: random.Random) -> str | None:
    text = _natural(name)
    mixed = "".join(c.translate(_HOMOGLYPHS) if rng.random() < 0.5 else c for c in text)
    return mixed if mixed != text else None


def initials(name: ListedName, rng: random.Random) -> str | None:
    surname, given = _parts(name)
    if not given or len(surname[0]) < 5:
        return None
    return f"{given[0][0]}. {' '.join(surname).title()}"


def middle_initial(name: ListedName, rng: random.Random) -> str | None:
    surname, given = _parts(name)
    if len(given) < 2 or given[0].lower().strip("'") in _BOUND or surname[0].lower().startswith("jr"):
        return None
    return f"{given[0]} {given[1][0]}. {' '.join(surname).title()}"


def no_middle(name: ListedName, rng: random.Random) -> str | None:
    surname, given = _parts(name)
    if len(given) < 2 or given[0].lower().strip("'") in _BOUND:
        return None
    return f"{given[0]} {' '.join(surname).title()}"


def added_patronymic(name: ListedName, rng: random.Random) -> str | None:
    surname, given = _parts(name)
    if len(given) != 1:
        return None
    extra = rng.choice(("Ivanovich", "bin Ahmad", "Mohammed", "Petrovich", "Luis", "Ali"))
    return f"{given[0]} {extra} {' '.join(surname).title()}"


def title(name: ListedName, rng: random.Random) -> str | None:
    return f"{rng.choice(('Dr.', 'Mr.', 'Haji', 'Sheikh', 'Eng.'))} {_natural(name)}"


def spacing(name: ListedName, rng: random.Random) -> str | None:
    text = _natural(name)
    lower = text.lower()
    for old, new in (("al-", "al "), ("al ", "al"), ("abd al-", "abdul "), ("abd al ", "abdel"), ("-", ""), ("-", " ")):
        if old in lower:
            return lower.replace(old, new).title()
    surname, given = _parts(name)
    return f"{''.join(given).title()} {' '.join(surname)}" if len(given) == 2 else None


def nickname(name: ListedName, rng: random.Random) -> str | None:
    surname, given = _parts(name)
    short = _NICKNAMES.get(given[0].lower()) if given else None
    return f"{short} {' '.join(surname).title()}" if short else None


def cyrillic(name: ListedName, rng: random.Random) -> str | None:
    return _respelled(_natural(name), _CYRILLIC) if _natural(name).replace(" ", "").isalpha() else None


def arabic(name: ListedName, rng: random.Random) -> str | None:
    text = _natural(name)
    words = text.split()
    foreign = set(text.lower()) & set("cpvxgeo")
    if len(words) < 2 or foreign or min(len(w) for w in words) < 4:
        return None
    return " ".join(("ا" if w[0] in "AEIOU" else "") + _respelled(w, _ARABIC) for w in words)


MUTATORS: tuple[Mutator, ...] = (
    exact, order, typo, respelling, dropped_vowels, homoglyphs, initials, middle_initial, no_middle,
    added_patronymic, title, spacing, nickname, cyrillic, arabic,
)  # fmt: skip
