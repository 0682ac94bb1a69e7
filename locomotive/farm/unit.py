"""Units: how produce is counted and packed.

Amounts are whole thousandths of the produce's unit: grams for what is counted in kilos,
millilitres for litres, thousandths of a piece for pieces. Sums are exact on both engines.
"""

import re

from ..core.refusal import N_

UNITS: dict[str, str] = {"kg": N_("kg"), "l": N_("litre"), "piece": N_("piece")}
# What suppliers count in; each of their packs says how much of the produce's unit it holds.
PACK_WORDS: dict[str, str] = {
    **UNITS,
    "bunch": N_("bunch"),
    "crate": N_("crate"),
    "sack": N_("sack"),
    "tray": N_("tray"),
    "bottle": N_("bottle"),
    "box": N_("box of produce"),
    "dozen": N_("dozen"),
    "case": N_("case"),
    "tub": N_("tub"),
}
ONE = 1000
MAXIMUM_AMOUNT = 10_000 * ONE
_NUMBER = r"([0-9]{1,6})(?:[.,]([0-9]{1,3}))?"


def amount_of(text: str) -> int | None:
    """The thousandths of a number typed with a comma or a point: "12,5" → 12500."""
    found = re.fullmatch(_NUMBER, "".join(text.split()))
    return _thousandths(found[1], found[2]) if found else None


def range_of(text: str) -> tuple[int, int] | None:
    """The two ends of "20 à 30", "20-30" or "20" (both the same), in thousandths."""
    found = re.fullmatch(rf"{_NUMBER}(?:(?:\u00e0|a|-|–|to){_NUMBER})?", "".join(text.split()))
    if not found:
        return None
    low = _thousandths(found[1], found[2])
    high = _thousandths(found[3], found[4]) if found[3] else low
    return (low, high) if low <= high else None


def _thousandths(whole: str, rest: str | None) -> int:
    return int(whole) * ONE + int((rest or "").ljust(3, "0"))


def plain(amount: int) -> str:
    """Thousandths as a number with a point and no needless zeros: 12500 → "12.5"."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), ONE)
    return f"{sign}{whole}" + (f".{rest:03d}".rstrip("0") if rest else "")
