"""Words of an address as they are compared: without accents, with short forms written out."""

import re
import unicodedata

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
REPETITIONS = ("bis", "ter", "quater", "quinquies")
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
    return [_ordinal(word) for word in plain(text).split()]


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
