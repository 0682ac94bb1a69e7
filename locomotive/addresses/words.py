"""Words of an address as they are compared: without accents, with short forms written out."""

import re
import unicodedata

from ..places.address import Address

# What people shorten; a short form also stands for itself, as the beginning of a longer word.
SHORT_FORMS: dict[str, str] = {
    "all": "allee", "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard",
    "boul": "boulevard", "bvd": "boulevard", "cdt": "commandant", "ch": "chemin",
    "che": "chemin", "chem": "chemin", "col": "colonel", "crs": "cours", "dr": "docteur",
    "fbg": "faubourg", "fg": "faubourg", "gal": "general", "gd": "grand", "gde": "grande",
    "gen": "general", "imp": "impasse", "lot": "lotissement", "mal": "marechal",
    "mgr": "monseigneur", "pdt": "president", "pl": "place", "pr": "professeur", "pt": "petit",
    "pte": "petite", "qu": "quai", "r": "rue", "res": "residence", "rte": "route",
    "sq": "square", "st": "saint", "ste": "sainte", "gr": "grand",
}  # fmt: skip
# Words that say little of which street is meant.
SMALL = frozenset({"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"})
SMALL |= {"sur", "s"}
KINDS = frozenset(
    [
        *("allee", "avenue", "boulevard", "chemin", "cite", "cours", "faubourg", "impasse"),
        *("lotissement", "passage", "place", "quai", "residence", "route", "rue", "ruelle"),
        *("sentier", "square"),
    ]
)
REPETITIONS = ("bis", "ter", "quater", "quinquies")
# What is written of the way inside a house, before a number or a letter: "appt 12", "bât B".
INSIDE = frozenset(
    [
        *("app", "appart", "appartement", "appt", "apt", "bal", "bat", "batiment", "boite", "bt"),
        *("cage", "esc", "escalier", "etage", "etg", "hall", "lgt", "logement", "porte", "studio"),
    ]
)
# What stands before a house number and says nothing: "n° 4".
BEFORE_NUMBER = frozenset({"n", "no", "num", "numero"})
MONTHS = frozenset(
    [
        *("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre"),
        *("octobre", "novembre", "decembre"),
    ]
)
ONES = (
    *("premier", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze"),
    *("douze", "treize", "quatorze", "quinze", "seize"),
)
DAYS = {word: number for number, word in enumerate(ONES, 1)} | {"vingt": 20, "trente": 30}
_INSIDE_MARK = re.compile(r"\d{1,4}[a-z]?|[a-z]\d{0,2}")
_ROMAN = re.compile(r"(?=[ivx])(x{0,3})(ix|iv|v?i{0,3})(e|eme|er|ere)?")
_ORDINAL = re.compile(r"(\d+)(?:e|eme|er|ere|ieme)")
_DIGITS = {"i": 1, "v": 5, "x": 10}


def plain(text: str) -> str:
    """The text without accents, capitals and signs: "Émile Zola," → "emile zola"."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    kept = (c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def place_key(text: str) -> str:
    """A place's name, or a street without its number, as it is searched for."""
    return plain(text).lstrip("0123456789 ")


def tokens(text: str) -> list[str]:
    """The text's plain words, ordinals as digits: "IVe République" → ["4e", "republique"]."""
    return [_ordinal(word) for word in _figures(plain(text).split())]


def outside(words: list[str]) -> list[str]:
    """The words without those of the way inside the house: "appt 12 4 rue" → ["4", "rue"]."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
        if word == "etage" and kept and _ORDINAL.fullmatch(kept[-1]):
            kept.pop()
            at += 1
        elif word in INSIDE and _INSIDE_MARK.fullmatch(after):
            at += 2
        elif word in BEFORE_NUMBER and after[:1].isdigit():
            at += 1
        else:
            kept.append(word)
            at += 1
    return kept


def _figures(words: list[str]) -> list[str]:
    """The words with a date's day in figures: "huit mai" → "8 mai", "dix neuf mars" → "19 mars"."""
    found: list[str] = []
    for word in words:
        if word in MONTHS and found and found[-1] in DAYS:
            day = DAYS[found.pop()]
            if found and found[-1] == "et" and day == 1:
                found.pop()
            if found and found[-1] in ("dix", "vingt", "trente") and day < 10:
                day += DAYS[found.pop()]
            found.append(str(day))
        elif word in ("vingt", "vingts") and found and found[-1] == "quatre":
            found[-1] = "80"
            continue
        found.append(word)
    return found


def written_out(word: str) -> tuple[str, ...]:
    """The words that a typed one may stand for: itself, and what it is short for."""
    long = SHORT_FORMS.get(word)
    return (long, word) if long else (word,)


def _ordinal(word: str) -> str:
    found = _ORDINAL.fullmatch(word)
    if found:
        return f"{found[1]}e"
    roman = _ROMAN.fullmatch(word)
    if not roman or len(word) < 2:
        return word
    numeral = roman[1] + roman[2]
    values = [_DIGITS[letter] for letter in numeral]
    total = sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )
    return f"{total}e" if roman[3] else str(total)


def address_columns(address: Address | None) -> dict[str, object]:
    """Where it goes, as an order's row keeps it; nowhere for what is fetched."""
    return {
        "place_name": address.name if address else "",
        "street": address.street if address else "",
        "town": address.town if address else "",
        "access_note": address.access_note if address else "",
        "latitude": address.latitude if address else None,
        "longitude": address.longitude if address else None,
        "nearest": address.nearest if address else "",
        "place_key": place_key(address.name or address.street) if address else "",
    }
