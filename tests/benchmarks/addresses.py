"""Search 800 misspelt addresses among 45,000 made from the streets of a real town.

Run: python tests/benchmarks/addresses.py [QUERIES]. The extract is read from ../shared/data. Times
are those of the processor, so that others on the machine count less.
"""

from __future__ import annotations

import random
import sys
import tracemalloc
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

EXTRACT = ROOT.parent / "shared/data/osm/fr-saint-germain-en-laye-2022-12.osm.pbf"
# Towns of the zone around Oignies, laid over the extract in squares.
TOWNS = [
    ("Oignies", "62590"), ("Carvin", "62220"), ("Libercourt", "62820"), ("Courrières", "62710"),
    ("Dourges", "62119"), ("Hénin-Beaumont", "62110"), ("Ostricourt", "59162"),
    ("Évin-Malmaison", "62141"), ("Montigny-en-Gohelle", "62640"),
]  # fmt: skip
SHORT = {
    "Avenue": ("av.", "Av", "ave"), "Boulevard": ("bd", "Bvd", "boul."), "Rue": ("r.", "R", "rue"),
    "Place": ("pl.", "pl"), "Allée": ("all.", "allee"), "Impasse": ("imp.", "imp"),
    "Chemin": ("ch.", "che"), "Route": ("rte", "Rte."), "Résidence": ("rés.", "res"),
    "Square": ("sq.", "sq"), "Saint": ("St", "st"), "Sainte": ("Ste",), "Docteur": ("Dr", "dr."),
    "Général": ("Gal", "gén."), "Maréchal": ("Mal", "mal."),
}  # fmt: skip


@dataclass(frozen=True)
class Query:
    """What is typed, and the street and the town that are meant."""

    typed: str
    name: str
    town: str
    number: int | None
    kind: str


def streets() -> list[tuple[str, str, str, tuple[float, float]]]:
    """(name, town, postcode, point) of the extract's named streets, each in its square."""
    import osmium

    from locomotive.addresses.words import tokens

    found: dict[tuple[str, str], tuple[str, str, str, tuple[float, float]]] = {}
    ways = osmium.FileProcessor(str(EXTRACT)).with_locations()
    for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
        name = way.tags.get("name", "")
        if not way.is_way() or not name or len(name) > 80:
            continue
        node = way.nodes[len(way.nodes) // 2]
        if not node.location.valid():
            continue
        column = min(2, max(0, int((node.lon - 2.02) / 0.053)))
        row = min(2, max(0, int((node.lat - 48.845) / 0.038)))
        town, postcode = TOWNS[3 * row + column]
        # Mappers write one street in several ways.
        key = " ".join(tokens(name)), town
        found.setdefault(key, (name, town, postcode, (node.lat, node.lon)))
    return list(found.values())


def bare(text: str) -> str:
    """The text without its accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def typo(word: str, dice: random.Random) -> str:
    """A word with one wrong, missing, doubled or exchanged letter."""
    if len(word) < 4 or not word.isalpha():
        return word
    at = dice.randrange(1, len(word) - 1)
    return dice.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            word[:at] + dice.choice("aeiourstnl") + word[at + 1 :],
        ]
    )


def queries(count: int, seed: int = 1) -> list[Query]:
    """Addresses as people write them; the same for the same seed."""
    dice, known = random.Random(seed), streets()
    names = [name.lower() for name, _, _, _ in known]
    made = []
    while len(made) < count:
        name, town, postcode, _ = dice.choice(known)
        words = name.split()
        kinds = []
        for at, word in enumerate(words):
            if word in SHORT and dice.random() < 0.5:
                words[at] = dice.choice(SHORT[word])
                kinds.append("short form")
        # A first name before a surname becomes an initial.
        if len(words) == 3 and words[1][:1].isupper() and dice.random() < 0.4:
            words[1] = dice.choice([f"{words[1][0]}.", words[1][0]])
            kinds.append("initial")
        longest = max(range(len(words)), key=lambda at: len(words[at]))
        for _ in range(dice.choice((0, 1, 1, 2))):
            words[longest] = typo(words[longest], dice)
            kinds.append("wrong letter")
        if len(words) > 3 and dice.random() < 0.25:
            small = [w for w in words if w.lower() not in ("de", "du", "des", "la", "le", "les")]
            words, kinds = small, [*kinds, "small words"]
        if len(words) > 2 and words[0] == name.split()[0] and dice.random() < 0.15:
            words, kinds = words[1:], [*kinds, "no kind of street"]
        where = dice.choice([town, town, town.upper(), postcode, f"{postcode} {town}", bare(town)])
        if names.count(name.lower()) == 1 and dice.random() < 0.15:
            where, kinds = "", [*kinds, "no town"]
        elif dice.random() < 0.1:
            where = " ".join(typo(word, dice) for word in where.split())
        number = dice.randrange(1, 160) if dice.random() < 0.75 else None
        before = ""
        if number is not None:
            suffix = dice.choice(("", "", "", "", " bis", "bis", " ter", "B"))
            before = f"{number}{suffix}{dice.choice((' ', ', '))}"
        text = f"{before}{' '.join(words)}{dice.choice((' ', ', '))}{where}".strip(" ,")
        text = dice.choice((text, text, text.lower(), bare(text), text.upper()))
        made.append(Query(text, name, town, number, " + ".join(dict.fromkeys(kinds)) or "plain"))
    return made


def main() -> None:
    from locomotive.addresses.index import Entry, StreetIndex

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 800
    known = streets()
    tracemalloc.start()
    started = perf_counter()
    index = StreetIndex(
        [Entry(at, *street) for at, street in enumerate(known)], centre=(48.9, 2.09)
    )
    index.search("warm up")
    built = perf_counter() - started
    memory = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    first = five = numbers = 0
    seconds, wrong = [], []
    for query in queries(count):
        started = process_time()
        found = index.search(query.typed, limit=5)
        seconds.append(process_time() - started)
        right = [
            m.entry.name.lower() == query.name.lower() and m.entry.town == query.town for m in found
        ]
        first += bool(right and right[0])
        five += any(right)
        numbers += bool(right and right[0] and found[0].number == query.number)
        if not (right and right[0]):
            wrong.append((query, found[:1]))
    p95 = quantiles(seconds, n=20)[-1]
    print("| streets | queries | first right | number right too | in five ", end="")
    print("| median | p95 | index | built in |")
    print("|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {len(known)} | {count} | {first / count:.1%} "
        f"| {numbers / count:.1%} | {five / count:.1%} "
        f"| {1000 * sorted(seconds)[count // 2]:.1f} ms | {1000 * p95:.1f} ms | {memory:.1f} MB "
        f"| {built:.2f} s |"
    )
    if "-v" in sys.argv:
        for query, found in wrong:
            got = (
                f"{found[0].entry.name}, {found[0].entry.town} ({found[0].score})" if found else "-"
            )
            print(f"{query.typed!r} [{query.kind}] meant {query.name}, {query.town}; got {got}")


if __name__ == "__main__":
    main()
