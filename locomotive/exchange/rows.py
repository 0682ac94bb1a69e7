"""Row: one line of a supplier's price list or delivery note, read and checked."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.clock import day_of
from ..core.refusal import N_, Invalid
from ..farm.produce import Produce
from ..farm.supplier import Pack, Supplier
from ..farm.unit import MAXIMUM_AMOUNT, ONE, amount_of

MAXIMUM_LINES = 20_000
MAXIMUM_PRICE = 1_000_000
# Headings of files by what they mean; their words in every language are accepted.
COLUMNS: dict[str, str] = {
    "produce": N_("produce"),
    "unit": N_("unit"),
    "price": N_("price"),
    "holds": N_("holds"),
    "quantity": N_("quantity"),
    "harvested": N_("harvested"),
    "use by": N_("use by"),
    "lot": N_("lot"),
}


class ColumnMissing(Invalid):
    message = N_("The column “%(column)s” is missing. The first line must name the columns.")


class ProduceUnknown(Invalid):
    message = N_("We know no produce named “%(value)s”. Add it first, or correct the name.")


class UnitNotKnown(Invalid):
    message = N_("“%(value)s” is no unit that we know.")


class ConversionMissing(Invalid):
    message = N_("“%(unit)s” has no conversion for %(produce)s: add the pack to the supplier.")


class PriceWrong(Invalid):
    message = N_("“%(value)s” is no price such as 12.50.")


class QuantityWrong(Invalid):
    message = N_("“%(value)s” is no quantity above zero such as 12.5.")


class DayWrong(Invalid):
    message = N_("“%(value)s” is no day such as 24/11/2026.")


class UseByEarly(Invalid):
    message = N_("The use-by date lies before the day of delivery.")


class RowTwice(Invalid):
    message = N_("This produce and unit stand in the file already, on line %(line)s.")


class TooManyLines(Invalid):
    message = N_("The file has more than %(lines)s lines. Send it in two.")


class FileEmpty(Invalid):
    message = N_("The file has no line below its headings.")


@dataclass(frozen=True)
class Wrong:
    """One line that cannot be taken, and why."""

    line: int
    refusal: Invalid


@dataclass(frozen=True)
class Known:
    """What rows are checked against, read once."""

    produce: Mapping[str, tuple[int, str, str]]  # plain name → id, name, unit
    packs: Mapping[tuple[int, str], tuple[int, int]]  # produce, unit → pack id, amount
    units: Mapping[str, str]  # plain word → code
    plain: Callable[[str], str]  # a name as it is compared


@dataclass
class Row:
    """One line that can be taken."""

    line: int
    produce_id: int
    name: str
    unit: str
    pack_id: int | None = None
    pack_amount: int = 0
    price_cents: int | None = None
    amount: int = 0  # thousandths of packs
    harvested_on: date | None = None
    use_by: date | None = None
    mark: str = ""


def known(
    session: Session,
    supplier: Supplier,
    *,
    units: Mapping[str, str],
    plain: Callable[[str], str],
) -> Known:
    """Read the produce and the supplier's packs; `plain` makes a heading's or name's key."""
    produce = {
        plain(name): (id_, name, unit)
        for id_, name, unit in session.execute(select(Produce.id, Produce.name, Produce.unit))
    }
    packs = {
        (produce_id, unit): (id_, amount)
        for id_, produce_id, unit, amount in session.execute(
            select(Pack.id, Pack.produce_id, Pack.unit, Pack.amount).filter_by(
                supplier_id=supplier.id
            )
        )
    }
    return Known(produce, packs, units, plain)


def _cents(text: str) -> int | None:
    found = re.fullmatch(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?", re.sub(r"[\s€]", "", text))
    cents = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None
    return cents if cents is not None and cents <= MAXIMUM_PRICE else None


def day_typed(text: str) -> date | None:
    """A day as files write it: 2026-11-24, 24/11/2026, 24.11.26."""
    found = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2}|[0-9]{4})", text)
    if not found:
        return day_of(text)
    year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
    return day_of(f"{year}-{found[2]:0>2}-{found[1]:0>2}")


def _head(line: int, cells: Mapping[str, str], names: Known) -> Row:
    """The produce and the unit of a row. Raises the refusal that says what is wrong."""
    name, unit = cells.get("produce", ""), cells.get("unit", "")
    here = names.produce.get(names.plain(name))
    if here is None:
        raise ProduceUnknown(value=name[:60])
    code = names.units.get(names.plain(unit))
    if code is None:
        raise UnitNotKnown(value=unit[:60])
    pack = names.packs.get((here[0], code))
    row = Row(line=line, produce_id=here[0], name=here[1], unit=code)
    if pack is not None:
        row.pack_id, row.pack_amount = pack
    elif code == here[2]:
        row.pack_amount = ONE
    return row


def _price_row(line: int, cells: Mapping[str, str], names: Known) -> Row:
    row = _head(line, cells, names)
    row.price_cents = _cents(cells.get("price", ""))
    if row.price_cents is None:
        raise PriceWrong(value=cells.get("price", "")[:60])
    holds = cells.get("holds", "")
    if holds and row.pack_id is None:
        amount = amount_of(holds)
        if not amount or amount > MAXIMUM_AMOUNT:
            raise QuantityWrong(value=holds[:60])
        row.pack_amount = amount
    if not row.pack_amount:
        raise ConversionMissing(unit=cells["unit"][:60], produce=row.name)
    return row


def _note_row(line: int, cells: Mapping[str, str], names: Known, day: date) -> Row:
    row = _head(line, cells, names)
    amount = amount_of(cells.get("quantity", ""))
    if not amount or amount > MAXIMUM_AMOUNT:
        raise QuantityWrong(value=cells.get("quantity", "")[:60])
    if not row.pack_amount:
        raise ConversionMissing(unit=cells["unit"][:60], produce=row.name)
    row.amount, row.mark = amount, cells.get("lot", "")[:200]
    if cells.get("price"):
        row.price_cents = _cents(cells["price"])
        if row.price_cents is None:
            raise PriceWrong(value=cells["price"][:60])
    row.harvested_on = _day(cells.get("harvested", ""))
    row.use_by = _day(cells.get("use by", ""))
    if row.use_by is not None and row.use_by < day:
        raise UseByEarly
    return row


def _day(text: str) -> date | None:
    """The day of a cell; an empty one has none. Raises DayWrong."""
    typed = day_typed(text) if text else None
    if text and typed is None:
        raise DayWrong(value=text[:60])
    return typed


def checked(
    rows: Iterable[tuple[int, Mapping[str, str]]], names: Known, *, day: date | None = None
) -> Iterator[Row | Wrong]:
    """Each row, or what is wrong with it: of a note delivered on `day`, else of a price list."""
    wanted = ("produce", "unit", "quantity" if day else "price")
    seen: dict[tuple[int, str], int] = {}
    count = 0
    for count, (line, cells) in enumerate(rows, 1):
        missing = next((c for c in wanted if count == 1 and c not in cells), None)
        if missing:
            yield Wrong(1, ColumnMissing(column=missing))
            return
        if count > MAXIMUM_LINES:
            yield Wrong(line, TooManyLines(lines=MAXIMUM_LINES))
            return
        try:
            if day:
                yield _note_row(line, cells, names, day)
            else:
                yield _new_price(_price_row(line, cells, names), seen)
        except Invalid as refusal:
            yield Wrong(line, refusal)
    if not count:
        yield Wrong(1, FileEmpty())


def _new_price(row: Row, seen: dict[tuple[int, str], int]) -> Row:
    """The row, noted in `seen` with its line. Raises RowTwice."""
    key = (row.produce_id, row.unit)
    if key in seen:
        raise RowTwice(line=seen[key])
    seen[key] = row.line
    return row
