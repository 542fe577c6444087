"""Which name parts are the same name, and which ones carry no identity (articles, particles, titles)."""

from collections import defaultdict
from functools import lru_cache
from importlib.resources import files


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NONE: frozenset[str] = frozenset()
ARTICLES = words("al el ul ad as an ar ash az at adh ath as ed er es il la le les los las the")
PARTICLES = words(
    "bin ibn ben bint binti bn ould wuld wld ag de da do dos das del della di du des van von der den ter ten af av "
    "zu und and ap ab mac mc st na oglu ogly ogli uulu kyzy qizi kizi zoda zadeh vd wa"
)
TITLES = words(
    "mr mrs ms miss dr doctor prof professor sir lord lady dame hon rev fr sheikh shaykh sheik shaikh cheikh haji hajji "
    "hajj hadji hadj haj mullah mulla molla mawlawi maulvi mawlana maulana moulana qari ustad ustadh ayatollah "
    "hojjatoleslam imam general gen colonel col major maj captain capt lieutenant lt sergeant sgt commander "
    "brigadier brig admiral marshal eng engineer ing lic licenciado don dona senor senora "
    "mla hajy shykh mwlwy mwlana dktwr mhnds "
    "jr sr junior senior ii iii iv esq phd alhaj alhaji agha comandante"
)
OPTIONAL = ARTICLES | PARTICLES | TITLES
KUNYA = frozenset(("abu", "abou", "abi", "abw", "aboo", "bu", "umm", "um", "umme", "oum"))
SERVANT = frozenset(("abd", "abdul", "abdoul", "abdoel", "abdel", "abdal", "abdu", "abdur", "abdus", "abdool", "abdol"))


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[str]]:
    """Token -> ids of its groups. A nickname line extends to every spelling of the formal name it starts with."""
    text = files(__package__).joinpath("lexicon.txt").read_text(encoding="utf-8")
    lines = [(n, line.split()) for n, line in enumerate(text.splitlines()) if line[:2] in ("v ", "n ")]
    spellings: dict[str, set[str]] = defaultdict(set)
    for _, (kind, *names) in lines:
        if kind == "v":
            for name in names:
                spellings[name].update(names)
    table: dict[str, set[str]] = defaultdict(set)
    for number, (kind, formal, *others) in lines:
        members = {formal, *others} | (spellings[formal] if kind == "n" else set())
        for name in members:
            table[name].add(f"{kind}{number}")
    return {name: frozenset(groups) for name, groups in table.items()}


def groups_of(token: str) -> frozenset[str]:
    """Ids of the lexicon groups the folded token belongs to; an id starts with "v" or "n"."""
    return _groups().get(token, _NONE)
