"""Measure: numbers, prices, units and packs as suppliers write them, read exactly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..core.refusal import N_
from ..farm.unit import UNITS
from ..web.spreadsheet import plain_name

# What suppliers call a unit, separated by commas, in the words of all our languages.
UNIT_NAMES: dict[str, str] = {
    "kg": N_("kg, kgs, kilo, kilos, kilogram, kilograms"),
    "g": N_("g, gr, gram, grams"),
    "l": N_("l, litre, litres, liter, liters"),
    "cl": N_("cl, centilitre, centilitres"),
    "ml": N_("ml, millilitre, millilitres"),
    "piece": N_("piece, pieces, pc, pcs, each, unit, units"),
    "dozen": N_("dozen, dozens"),
    "bunch": N_("bunch, bunches"),
    "crate": N_("crate, crates"),
    "sack": N_("sack, sacks, bag, bags"),
    "tray": N_("tray, trays"),
    "bottle": N_("bottle, bottles"),
    "box": N_("box, boxes, carton, cartons"),
    "case": N_("case, cases, parcel, parcels"),
    "tub": N_("tub, tubs, punnet, punnets"),
}
# Units that are so much of another one.
PARTS: dict[str, tuple[str, Fraction]] = {
    "g": ("kg", Fraction(1, 1000)),
    "cl": ("l", Fraction(1, 100)),
    "ml": ("l", Fraction(1, 1000)),
}
_FILLING = ("de", "d", "du", "of", "le", "la", "les", "au", "a", "par", "per", "x", "un", "une")
_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)?|[^\W\d_]+")
_EUROS_CENTS = re.compile(r"([0-9])\s*€\s*([0-9]{2})(?![0-9])")
_PRICE = re.compile(
    r"(?:€|eur)?\s*(?P<number>-?[0-9][0-9\s.,'’]*)\s*(?:€|euros?|eur)?\s*(?:h\.?t\.?|t\.?t\.?c\.?)?"
    r"\s*(?:(?:/|\ble\b|\bla\b|\bau\b|\bpar\b|\bper\b)\s*(?P<unit>.+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Measure:
    """A unit as it is written: how many of `unit` it is, and what one of them holds."""

    unit: str  # code of PACK_WORDS
    times: Fraction = Fraction(1)
    holds: Fraction | None = None
    holds_unit: str = ""  # code of UNITS; empty: that of the produce


def number_of(text: str) -> Fraction | None:
    """A number with a comma or a point and up to six decimals: "1 234,50", "1.234,50", "1.235"."""
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,6}", plain):
        plain = plain.replace(".", "")
    elif re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,6}", plain):
        plain = plain.replace(",", "")
    if not re.fullmatch(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?", plain):
        return None
    return Fraction(plain.replace(",", "."))


def price_of(text: str) -> tuple[Fraction, str] | None:
    """A price in euros and the unit beside it: "1,20 €/kg" → 1.2 and "kg"; "12€50" is 12.5."""
    found = _PRICE.fullmatch(_EUROS_CENTS.sub(r"\1,\2 €", text.strip()))
    number = number_of(found["number"]) if found else None
    return None if number is None or found is None else (number, found["unit"] or "")


def measure_of(text: str, units: Mapping[str, str]) -> Measure | None:
    """A unit such as "kg", "500 g", "plateau de 30", "sac 10 kg"; None when it is not known.

    `units` gives the code of a plain word.
    """
    code = units.get(plain_name(text))
    if code is not None:
        return _measure(code, Fraction(1))
    tokens = [t for t in _TOKEN.findall(text.lower()) if plain_name(t) not in _FILLING]
    shape = "".join("n" if token[0].isdigit() else "w" for token in tokens)
    if shape == "nwnw" and number_of(tokens[0]) == 1:
        tokens, shape = tokens[1:], "wnw"
    if shape not in ("w", "nw", "wn", "wnw"):
        return None
    times = number_of(tokens.pop(0)) if shape == "nw" else Fraction(1)
    code = units.get(plain_name(tokens[0]))
    if code is None or not times:
        return None
    return _measure(code, times) if len(tokens) == 1 else _pack(code, tokens[1:], units)


def unit_word(text: str) -> str:
    """The word that would have to be known to understand a unit: "barquette de 500 g" → that."""
    words = [t for t in _TOKEN.findall(text.lower()) if plain_name(t) not in _FILLING]
    named = [plain_name(word) for word in words if not word[0].isdigit()]
    is_pack = len(named) == 2 and len(words) == 3 and words[1][0].isdigit()
    return named[0] if is_pack or len(named) == 1 else plain_name(text)


def _measure(code: str, times: Fraction) -> Measure:
    unit, part = PARTS.get(code, (code, Fraction(1)))
    return Measure(unit, times * part)


def _pack(code: str, tokens: list[str], units: Mapping[str, str]) -> Measure | None:
    """A pack that says what it holds."""
    content = content_of(" ".join(tokens), units)
    if code in PARTS or code in UNITS or content is None:
        return None
    return Measure(code, holds=content[0], holds_unit=content[1])


def content_of(text: str, units: Mapping[str, str]) -> tuple[Fraction, str] | None:
    """What a pack holds: "10", "2,5 kg", "8 pièces", "sac de 10 kg"; the unit is empty where none
    is written."""
    tokens = [t for t in _TOKEN.findall(text.lower()) if plain_name(t) not in _FILLING]
    if len(tokens) == 3 and plain_name(tokens[0]) in units:  # the pack is named again
        tokens = tokens[1:]
    number = number_of(tokens[0]) if tokens else None
    if not number or len(tokens) > 2:
        return None
    if len(tokens) == 1:
        return number, ""
    unit, part = PARTS.get(code := units.get(plain_name(tokens[1]), ""), (code, Fraction(1)))
    return (number * part, unit) if unit in UNITS else None


def usual_content(unit: str, of: str) -> Fraction | None:
    """What one of a unit holds by its very meaning: a dozen holds twelve pieces."""
    if unit == of:
        return Fraction(1)
    return Fraction(12) if (unit, of) == ("dozen", "piece") else None


def usual_unit(unit: str) -> str:
    """The unit in which a new produce is counted that is sold by this one."""
    if unit in UNITS:
        return unit
    return {"dozen": "piece", "tray": "piece", "bottle": "l"}.get(unit, "kg")
