"""Heading: which column of a supplier's file holds what, in the words that suppliers use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..core.refusal import N_
from ..web.spreadsheet import plain_name, plain_words
from .sheet import LOOKED_AT, Table

# What a column may hold, by the name that our pages give it.
COLUMNS: dict[str, str] = {
    "produce": N_("produce"),
    "unit": N_("unit"),
    "price": N_("price"),
    "holds": N_("holds"),
    "packing": N_("pieces a case"),
    "quantity": N_("quantity"),
    "harvested": N_("harvested"),
    "use by": N_("use by"),
    "lot": N_("lot"),
    "vat": N_("VAT"),
    "available": N_("available"),
}
# What suppliers write above it, separated by commas; the files' words are those of all languages.
HEADINGS: dict[str, str] = {
    "produce": N_("produce, product, article, item, description, name"),
    "unit": N_("unit, sold by, unit of sale"),
    "price": N_("price, unit price, net price, rate"),
    "holds": N_("holds, content, weight of one"),
    "packing": N_("packing, case size, pieces a case"),
    "quantity": N_("quantity, delivered quantity, number"),
    "harvested": N_("harvested, harvest, made on"),
    "use by": N_("use by, use-by date, best before"),
    "lot": N_("lot, lot number, batch"),
    "vat": N_("VAT, VAT rate"),
    "available": N_("available, in stock"),
}
# Words of a heading that say nothing of what the column holds.
FILLING = frozenset(
    plain_words(
        "ht h t ttc c hors taxe taxes toutes net eur euro euros en de du des d le la les l au aux"
        " par a of the per in excl incl kg kilo g litre piece colis unite vente"
    )
)
_NET = re.compile(r"\bh\.?\s?t\b|hors\W+tax|\bnet\b|excl", re.IGNORECASE)
_GROSS = re.compile(r"\bt\.?\s?t\.?\s?c\b|toutes\W+tax|incl", re.IGNORECASE)
_PER = re.compile(r"(?:/|\bau\b|\bpar\b|\ble\b|\bla\b|\bper\b)\s*(\w+)\s*\W*$", re.IGNORECASE)
_IN = re.compile(r"[(\[]\s*(?:en |in )?(\w+)\s*[)\]]\W*$", re.IGNORECASE)
_TAX = re.compile(r"\W*(?:\bh\.?\s?t\b\.?|\bt\.?\s?t\.?\s?c\b\.?|€|\beuros?\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Head:
    """The headings of a table: their line, their texts, and what each column holds."""

    line: int
    texts: tuple[str, ...]
    roles: Mapping[int, str]  # column, from 0 → code of COLUMNS

    def column_of(self, role: str) -> str:
        """The heading of the column that holds something; empty when there is none."""
        return next((self.texts[i] for i, here in self.roles.items() if here == role), "")

    @property
    def tax(self) -> str:
        """Whether the prices are "net" of VAT or "gross"; empty when their heading is silent."""
        heading = self.column_of("price")
        if _GROSS.search(heading):
            return "gross"
        return "net" if _NET.search(heading) else ""

    @property
    def unit_above(self) -> str:
        """The unit that the heading of the quantities or of the prices names: "Quantité (kg)",
        "Prix au kg HT" → "kg"."""
        counted = _IN.search(self.column_of("quantity"))
        priced = _PER.search(_TAX.sub("", self.column_of("price")))
        found = counted or priced
        return found[1] if found else ""

    @property
    def unread(self) -> list[str]:
        """The headings of the columns that nobody reads."""
        return [text for i, text in enumerate(self.texts) if text and i not in self.roles]


def meaning_of(heading: str, names: Mapping[str, str]) -> str:
    """What a column of this heading holds; empty when it is not known."""
    whole = names.get(plain_name(heading))
    if whole is not None:
        return whole
    telling = [word for word in plain_words(heading) if word not in FILLING]
    return names.get("".join(telling), "")


def find_head(table: Table, names: Mapping[str, str]) -> Head | None:
    """The line of a table that names the most columns, wherever it stands; without one the first
    line of several texts; None when there is neither."""
    near = [(line, cells) for line, cells in table[:LOOKED_AT] if sum(map(bool, cells)) > 1]
    if not near:
        return None
    line, cells = max(near, key=lambda row: (score(row[1], names), -row[0]))
    return Head(line, tuple(cells), _roles(cells, names))


def score(cells: list[str], names: Mapping[str, str]) -> int:
    """How many columns a line names."""
    return len({meaning for cell in cells if cell and (meaning := meaning_of(cell, names))})


def _roles(cells: list[str], names: Mapping[str, str]) -> dict[int, str]:
    """Column → what it holds; of two columns of one meaning the first, of prices the net one."""
    found: dict[str, int] = {}
    for column, cell in enumerate(cells):
        role = meaning_of(cell, names) if cell else ""
        is_better = (
            role == "price"
            and _NET.search(cell)
            and not _NET.search(cells[found.get("price", column)])
        )
        if role and (role not in found or is_better):
            found[role] = column
    # Where nothing names the unit, what a case holds does: "sac 10 kg".
    if "unit" not in found and "packing" in found:
        found["unit"] = found.pop("packing")
    return {column: role for role, column in found.items()}
