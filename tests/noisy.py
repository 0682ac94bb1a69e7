"""Addresses as people write them: made of the real file of a mining town, moved beside Oignies."""

from __future__ import annotations

import csv
import random
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tests.ban import rows as cast_rows

REAL = Path(__file__).parents[2] / "shared/data/ban/ban-54084-mont-bonvillers.csv"
# From Mont-Bonvillers to a kilometre south of Oignies.
MOVED = (50.4568 - 49.3250, 2.9936 - 5.8400)
SHORT = {
    "allée": ("all.", "all", "allee"), "rue": ("r.", "r", "Rue", "RUE"),
    "impasse": ("imp.", "imp", "Imp."), "chemin": ("ch.", "che", "chem."),
    "place": ("pl.", "pl", "Pl"), "maréchal": ("mal", "Mal.", "marechal"),
    "avenue": ("av.", "av", "ave"), "boulevard": ("bd", "bd.", "boul", "bld"),
    "docteur": ("dr", "Dr."), "général": ("gal", "gén.", "general"),
    "sainte-barbe": ("ste barbe", "Ste-Barbe"), "jeanne": ("j.", "Jeane"),
    "1945": ("45", "1945"), "1962": ("62", "1962"), "cité": ("cite", "Cité"),
}  # fmt: skip
WORDS = {"8": "huit", "19": "dix-neuf", "80": "quatre-vingts"}
SMALL = {"de", "du", "des", "la", "le", "les"}


@dataclass(frozen=True)
class Noisy:
    """What is typed, the line that is meant, and how it was made."""

    typed: str
    meant: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class House:
    """One true address."""

    number: str
    suffix: str
    street: str
    town: str
    postcode: str

    @property
    def label(self) -> str:
        """The number as it is written."""
        if len(self.suffix) > 1:
            return f"{self.number} {self.suffix}"
        return f"{self.number}{self.suffix.upper()}"

    @property
    def line(self) -> str:
        """The whole address as the house writes it."""
        return f"{self.label} {self.street}, {self.town}"


def real_rows() -> list[dict[str, str]]:
    """The real file's lines beside Oignies, in today's columns."""
    with REAL.open(encoding="utf-8") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    for row in found:
        row["code_postal"] = row.pop("code_post")
        row["lat"] = f"{float(row['lat']) + MOVED[0]:.6f}"
        row["lon"] = f"{float(row['lon']) + MOVED[1]:.6f}"
    return found


def houses() -> list[House]:
    """Every true number of both files, none twice."""
    served = [row for row in cast_rows() if row["nom_commune"] != "Lens"]
    found = {
        House(row["numero"], row["rep"].lower(), row["nom_voie"], row["nom_commune"],
              row["code_postal"])
        for row in [*real_rows(), *served]
        if int(row["numero"]) < 5000
    }  # fmt: skip
    return sorted(found, key=lambda house: (house.town, house.street, house.number, house.suffix))


def bare(text: str) -> str:
    """The text without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def typo(word: str, dice: random.Random) -> str:
    """A word with one letter lost, doubled, exchanged or wrong."""
    at = dice.randrange(1, len(word) - 1)
    return dice.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            word[:at] + dice.choice("aeiourstnl") + word[at + 1 :],
        ]
    )


def noisy(count: int, seed: int) -> list[Noisy]:
    """Misspelt addresses, the same for the same seed; each names one house only."""
    dice, every = random.Random(seed), houses()
    towns = {h.street.lower(): {o.town for o in every if o.street.lower() == h.street.lower()}
             for h in every}  # fmt: skip
    return [_noisy(dice.choice(every), towns, dice) for _ in range(count)]


def _noisy(house: House, towns: dict[str, set[str]], dice: random.Random) -> Noisy:
    kinds: list[str] = []
    street = _street(house.street, kinds, dice)
    number = _number(house, kinds, dice)
    before, after = _flat(kinds, dice)
    town = _town(house, len(towns[house.street.lower()]) == 1, kinds, dice)
    if dice.random() < 0.08:
        kinds.append("number last")
        line = f"{street} {number}"
    else:
        line = f"{number}{dice.choice((' ', ' ', ', ', '  '))}{street}"
    typed = f"{before}{line}{after}{dice.choice((' ', ', ', ' - ')) if town else ''}{town}"
    typed = dice.choice((typed, typed, typed, typed.lower(), typed.upper(), bare(typed)))
    return Noisy(typed, house.line, tuple(dict.fromkeys(kinds)) or ("plain",))


def _street(name: str, kinds: list[str], dice: random.Random) -> str:
    words = name.split()
    for at, word in enumerate(words):
        if word.lower() in SHORT and dice.random() < 0.45:
            words[at] = dice.choice(SHORT[word.lower()])
            kinds.append("short form")
        elif word in WORDS and dice.random() < 0.5:
            words[at] = WORDS[word]
            kinds.append("number in words")
    for _ in range(dice.choice((0, 0, 1, 1, 2))):
        long = [at for at, word in enumerate(words) if len(word) > 4 and word.isalpha()]
        if long:
            at = dice.choice(long)
            words[at] = typo(words[at], dice)
            kinds.append("wrong letter")
    if len(words) > 3 and dice.random() < 0.2:
        words = [word for word in words if word.lower() not in SMALL]
        kinds.append("small words")
    if "'" in name and dice.random() < 0.5:
        return " ".join(words).replace("'", dice.choice((" ", "", "’")))
    return " ".join(words)


def _number(house: House, kinds: list[str], dice: random.Random) -> str:
    if house.suffix:
        kinds.append("suffix")
        gap = dice.choice(("", " ", "-"))
        return f"{house.number}{gap}{dice.choice((house.suffix, house.suffix.upper()))}"
    if dice.random() < 0.1:
        kinds.append("n°")
        return dice.choice((f"n° {house.number}", f"N°{house.number}", f"au {house.number}"))
    return house.number


def _flat(kinds: list[str], dice: random.Random) -> tuple[str, str]:
    if dice.random() > 0.15:
        return "", ""
    kinds.append("flat")
    flat = dice.choice(
        ("appt 12", "Apt. 3", "appartement 7", "bât B", "bat. C2", "2e étage", "étage 1", "porte 4")
    )
    return dice.choice(((f"{flat} ", ""), (f"{flat}, ", ""), ("", f", {flat}"), ("", f" {flat}")))


def _town(house: House, is_only: bool, kinds: list[str], dice: random.Random) -> str:
    town = house.town
    if is_only and dice.random() < 0.25:
        kinds.append("no town")
        return ""
    if dice.random() < 0.15:
        kinds.append("wrong letter in the town")
        town = re.sub(r"\w{5,}", lambda found: typo(found[0], dice), town, count=1)
    if dice.random() < 0.12:
        kinds.append("wrong postcode")
        return f"{dice.choice(('62', '59', '54'))}{dice.randrange(100, 999)} {town}"
    return dice.choice((town, town, f"{house.postcode} {town}", f"{town} {house.postcode}"))
