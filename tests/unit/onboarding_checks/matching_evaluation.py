"""A labelled evaluation of name screening: listed names written differently, and invented names.

Positives carry the uid that must be among the candidates. Negatives are invented combinations of common names
of many countries; one that happens to be a listed name, or a part of one, is left out.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from onboarding.adapters.name_matching import ListNameScreener
from onboarding.adapters.name_matching.fold import tokenize
from onboarding.adapters.name_matching.lexicon import TITLES
from onboarding.domain.screening import Subject
from onboarding.domain.watchlist import EntryType, ListedName, ListEntry, NameQuality

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

# Common given names and surnames by region; invented people are drawn across one row.
_PEOPLE = (
    (
        "James Mary Linda Robert Susan Kevin Laura Brian Emily Jason Megan Tyler",
        "Smith Johnson Brown Miller Wilson Taylor Anderson Moore Clark Baker Turner Parker",
    ),
    (
        "Oliver Amelia Harry Poppy Callum Isla Fraser Niamh Declan Siobhan",
        "Jones Davies Evans Hughes MacDonald Campbell Murphy Kelly O'Sullivan Walsh",
    ),
    (
        "Lukas Anna Felix Lena Jonas Marie Stefan Heike Jürgen Sabine",
        "Müller Schneider Fischer Weber Becker Hoffmann Schäfer Koch Richter Wolf",
    ),
    (
        "Pierre Camille Antoine Chloé Julien Manon Mathieu Élodie",
        "Martin Bernard Dubois Moreau Laurent Lefebvre Girard Roux",
    ),
    (
        "Marco Giulia Luca Francesca Matteo Chiara Paolo Elena",
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci",
    ),
    (
        "Sofia Mateo Valentina Diego Camila Andrés Lucía Javier Mariana Sebastián",
        "García Martínez Torres Ramírez Flores Castro Ortiz Morales Vargas Mendoza",
    ),
    (
        "João Beatriz Thiago Larissa Rafael Fernanda Bruno Camila",
        "Silva Santos Oliveira Souza Pereira Costa Carvalho Almeida",
    ),
    (
        "Ahmed Fatima Bilal Ayesha Usman Zainab Hamza Sana Imran Rabia",
        "Malik Qureshi Butt Chaudhry Siddiqui Abbasi Mirza Rana Awan Bhatti",
    ),
    (
        "Rahul Priya Amit Neha Vikram Pooja Arjun Deepika Sanjay Kavita",
        "Sharma Patel Gupta Reddy Nair Iyer Banerjee Mehta Joshi Kulkarni",
    ),
    (
        "Rahim Nusrat Tanvir Sadia Mahbub Farhana",
        "Hossain Rahman Islam Akter Chowdhury Sarker Talukder",
    ),
    (
        "Chinedu Ngozi Emeka Adaeze Tunde Folake Ibrahim Aisha",
        "Okafor Adeyemi Eze Balogun Nwosu Ogunleye Danjuma Bello",
    ),
    (
        "Wanjiru Kamau Achieng Otieno Njeri Mwangi Kipchoge Chebet",
        "Kariuki Odhiambo Wambui Kiplagat Mutua Omondi Njoroge Wekesa",
    ),
    (
        "Juan Maria Jose Angelica Mark Grace Paolo Kristine",
        "Santos Reyes Cruz Bautista Ocampo Villanueva Dela-Cruz Mendoza",
    ),
    (
        "Wei Fang Lei Min Jing Hui Xiaoming Lihua",
        "Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu",
    ),
    (
        "Minjun Seoyeon Jihoon Soojin Hyunwoo Eunji",
        "Kim Lee Park Choi Jung Kang Cho Yoon",
    ),
    (
        "Haruto Yui Sota Aoi Takumi Sakura Kenji Yoko",
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura",
    ),
    (
        "Minh Linh Tuan Huong Duc Trang Nam Mai",
        "Nguyen Tran Le Pham Hoang Phan Vu Dang",
    ),
    (
        "Budi Siti Agus Dewi Joko Rina Andi Putri",
        "Santoso Wijaya Susanto Hidayat Nugroho Lestari Saputra Pratama",
    ),
    (
        "Ivan Olga Dmitry Natalia Sergey Elena Alexey Tatiana",
        "Ivanov Smirnov Kuznetsov Popov Sokolov Lebedev Novikov Morozov",
    ),
    (
        "Oleksandr Iryna Taras Oksana Andriy Yulia Bohdan Halyna",
        "Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliynyk Melnyk",
    ),
    (
        "Jan Katarzyna Piotr Agnieszka Tomasz Magdalena",
        "Kowalski Nowak Wiśniewski Wójcik Kamiński Lewandowski Zieliński",
    ),
    (
        "Mehmet Ayşe Mustafa Zeynep Emre Elif Burak Merve",
        "Yılmaz Kaya Demir Çelik Şahin Yıldız Aydın Öztürk",
    ),
    (
        "Mohamed Mona Karim Yasmine Omar Salma Tarek Heba",
        "Fouad Shaheen Mansour Farag Ezzat Gamal Tawfik Zaki",
    ),
    (
        "Yousef Rania Khaled Lina Samer Dana Fadi Hala",
        "Haddad Khoury Nasser Qasem Barakat Darwish Salameh Odeh",
    ),
    (
        "Reza Maryam Arash Shirin Farhad Leila Behnam Nazanin",
        "Ahmadi Karimi Moradi Jafari Rostami Sadeghi Kazemi Ebrahimi",
    ),
    (
        "Nguema Awa Moussa Fatou Cheikh Aminata Kofi Abena",
        "Diallo Traoré Ndiaye Mensah Owusu Keita Sow Boateng",
    ),
)


@dataclass
class Report:
    """positives: (kind, query, listed name, score of the right entry); negatives: (query, best name, its score).
    A score is 0 when the screener, run at the lowest threshold of interest, did not find it."""

    positives: list[tuple[str, str, str, float]] = field(default_factory=list)
    negatives: list[tuple[str, str, float]] = field(default_factory=list)

    def recall(self, threshold: float, kind: str = "") -> float:
        scores = [score for k, _, _, score in self.positives if not kind or k == kind]
        return sum(s >= threshold for s in scores) / len(scores)

    def alarms(self, threshold: float) -> list[tuple[str, str, float]]:
        return [n for n in self.negatives if n[2] >= threshold]

    def precision(self, threshold: float) -> float:
        """With as many invented as listed people asked."""
        right, wrong = self.recall(threshold), len(self.alarms(threshold)) / len(self.negatives)
        return right / (right + wrong)

    def missed(self, threshold: float, kind: str) -> list[tuple[str, str, float]]:
        return [p[1:] for p in self.positives if p[0] == kind and p[3] < threshold]


def positives(entries: tuple[ListEntry, ...], per_kind: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """(kind, query, uid, listed name)."""
    named = [
        (e, n)
        for e in entries
        if e.type is EntryType.INDIVIDUAL
        for n in e.names
        if n.quality is not NameQuality.WEAK and len(tokenize(n.full)) >= 2
    ]
    for mutate in MUTATORS:
        rng = random.Random(f"{seed}{mutate.__name__}")
        made = 0
        for entry, name in rng.sample(named, len(named)):
            query = mutate(name, rng)
            if query and made < per_kind:
                made += 1
                yield mutate.__name__, query, entry.uid, name.full


def negatives(entries: tuple[ListEntry, ...], count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    listed = [frozenset(t.key for t in tokenize(n.full)) for e in entries for n in e.names]
    by_key: dict[str, list[frozenset[str]]] = defaultdict(list)
    for keys in listed:
        for key in keys:
            by_key[key].append(keys)
    names: dict[str, None] = {}
    for _ in range(count * 20):
        given, surnames = (row.split() for row in rng.choice(_PEOPLE))
        parts = [rng.choice(given), *rng.sample(surnames, 2 if rng.random() < 0.15 else 1)]
        if rng.random() < 0.25:
            parts.insert(1, rng.choice(given))
        keys = frozenset(t.key for t in tokenize(" ".join(parts)))
        if not any(keys <= other for other in by_key.get(next(iter(keys)), ())):
            names[" ".join(parts)] = None
        if len(names) == count:
            break
    return list(names)


def evaluate(screener: ListNameScreener, entries: tuple[ListEntry, ...], per_kind: int, seed: int = 1) -> Report:
    """`screener` should run at a threshold below the ones of interest."""
    report = Report()
    for kind, query, uid, listed in positives(entries, per_kind, seed):
        found = screener.screen(Subject((query,))).candidates
        score = max((c.name_score for c in found if c.entry.uid == uid), default=0.0)
        report.positives.append((kind, query, listed, score))
    for query in negatives(entries, len(report.positives), seed):
        best = max(screener.screen(Subject((query,))).candidates, key=lambda c: c.name_score, default=None)
        report.negatives.append((query, best.matched_name if best else "", best.name_score if best else 0.0))
    return report


OriginalScript = tuple[list[ListEntry], list[tuple[str, str]]]
"""Entries with Latin names only, and (uid, name in the original script) queries."""


def read_original_scripts(path: Path) -> OriginalScript:
    entries, queries = [], []
    for person in ElementTree.parse(path).getroot().iterfind("INDIVIDUALS/INDIVIDUAL"):
        uid = person.findtext("DATAID", "")
        parts = (person.findtext(f"{n}_NAME", "").strip() for n in ("FIRST", "SECOND", "THIRD", "FOURTH"))
        names = [ListedName(" ".join(p for p in parts if p), NameQuality.PRIMARY)]
        for alias in person.iterfind("INDIVIDUAL_ALIAS"):
            weak = alias.findtext("QUALITY", "") == "Low"
            if text := alias.findtext("ALIAS_NAME", "").strip():
                names.append(ListedName(text, NameQuality.WEAK if weak else NameQuality.STRONG))
        entries.append(ListEntry("UN", uid, EntryType.INDIVIDUAL, tuple(names), (), (), (), (), (), (), fingerprint=uid))
        if original := person.findtext("NAME_ORIGINAL_SCRIPT", "").strip():
            queries.append((uid, original))
    return entries, queries
